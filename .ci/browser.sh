#!/usr/bin/env bash
# The pages in a real Chromium, examined by axe-core's rules. FOOTNOTE_PICTURES names a
# folder that keeps pictures of them.
set -euo pipefail
cd "$(dirname "$0")/.."

axe=axe-core@4.14.1
if ! command -v chromium >/dev/null 2>&1; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fonts-noto-color-emoji
fi
if ! command -v npm >/dev/null 2>&1; then
  apt-get install -y -qq --no-install-recommends npm
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
npm install --prefix "$scratch" --no-audit --no-fund --ignore-scripts --silent "$axe"
export FOOTNOTE_AXE="$scratch/node_modules/axe-core/axe.min.js"
if [ -n "${FOOTNOTE_PICTURES:-}" ]; then mkdir -p "$FOOTNOTE_PICTURES"; fi
go test ./bot/web -run 'Browser' -count 1 -v | grep -v '^=== '

#!/usr/bin/env bash
# Builds the release into the folder dist: a static program for each system, the bill of
# materials of each (CycloneDX), and the checksums. The same commit gives the same bytes
# on every machine; with --check each is built twice, in two folders, and compared.
set -euo pipefail
cd "$(dirname "$0")/.."

cyclonedx=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0
version=$(git describe --tags --always --dirty)
check=${1:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rm -rf dist
mkdir dist

# build SYSTEM ARCHITECTURE FILE: nothing of the machine goes into the file.
build() {
  CGO_ENABLED=0 GOOS=$1 GOARCH=$2 GOAMD64=v1 GOARM64=v8.0 go build -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -X main.release=$version" -o "$3" ./cmd/footnote
}

for target in ${TARGETS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}; do
  system=${target%/*} architecture=${target#*/} ending=
  if [ "$system" = windows ]; then ending=.exe; fi
  file=footnote-$version-$system-$architecture$ending
  build "$system" "$architecture" "dist/$file"
  if [ "$check" = --check ]; then
    mkdir -p "$scratch/elsewhere"
    git ls-files -z | xargs -0 cp --parents -t "$scratch/elsewhere"
    (cd "$scratch/elsewhere" && GOCACHE="$scratch/cache" build "$system" "$architecture" "$scratch/again")
    cmp "dist/$file" "$scratch/again"
    echo "$file: built twice, the same bytes"
  fi
  go run "$cyclonedx" bin -json -version "$version" -output "dist/$file.cdx.json" "dist/$file"
  awk -v f="$file" -v b="$(wc -c <"dist/$file")" 'BEGIN { printf "%s: %.1f MB\n", f, b / 1e6 }'
done
(cd dist && sha256sum footnote-* >SHA256SUMS)

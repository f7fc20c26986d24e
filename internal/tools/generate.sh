#!/usr/bin/env bash
# Writes the assembly of kernels/simd by internal/tools/asm.
#   generate.sh           into the tree
#   generate.sh --check   elsewhere, and fails if the tree has something else
set -euo pipefail
cd "$(dirname "$0")"
tree=$PWD/../.. files='kernels_amd64.s kernels_amd64.go'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go vet ./asm
go build -o "$tmp/asm" ./asm
# The files name the command that wrote them: the same one wherever they go.
mkdir -p "$tmp/internal/tools" "$tmp/kernels/simd"
(
  cd "$tmp/internal/tools"
  "$tmp/asm" -pkg simd -out ../../kernels/simd/kernels_amd64.s -stubs ../../kernels/simd/kernels_amd64.go
)
for f in $files; do
  if [ "${1:-}" != --check ]; then
    cp "$tmp/kernels/simd/$f" "$tree/kernels/simd/$f"
  elif ! cmp "$tmp/kernels/simd/$f" "$tree/kernels/simd/$f"; then
    echo "kernels/simd/$f is not what internal/tools/asm writes: run make generate, and commit" >&2
    exit 1
  fi
done

#!/usr/bin/env bash
# Runs every fuzz target of the tree, one after the other, for the time or count given.
set -euo pipefail
time=${1:-40000x}
found=0
while IFS=: read -r file _ target; do
  found=1
  echo "fuzz ./$(dirname "$file") $target"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$(dirname "$file")"
done < <(grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed -E 's|^\./||; s|func ||')
[ "$found" = 1 ] || { echo "no fuzz target found" >&2; exit 1; }

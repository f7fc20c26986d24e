#!/usr/bin/env bash
# The 4x4, stride 5 convolution of float64 images, alternating with scipy, one
# thread each. "kept" computes the outputs that are kept, "all" computes every
# output and drops 24 in 25, as scipy does.
#   bench/kernel.sh [RUNS]        PYTHON=... chooses the interpreter
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
runs=${1:-5} sides='32 256 1000 3000'
# Debian's interpreter is the one that python3-scipy belongs to.
python=${PYTHON:-/usr/bin/python3}
need "$python" python3
"$python" -c 'import scipy.signal' 2>/dev/null || {
  echo "bench: $python has no scipy: apt-get install python3-scipy, or PYTHON=... of an environment with it" >&2
  exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go test -c -o "$tmp/kernels.test" ./kernels

for _ in $(seq "$runs"); do
  # shellcheck disable=SC2086 # a list of words
  "$python" bench/scipy_conv2d.py --runs 3 $sides >>"$tmp/scipy"
  "$tmp/kernels.test" -test.run '^$' -test.benchtime 200ms -test.bench '^BenchmarkConv2d$/^(kept|all)$/./^go$' >>"$tmp/go"
done

# milliseconds kept|all SIDE: the median of our runs.
milliseconds() {
  awk -v name="BenchmarkConv2d/$1/$2x$2/go" '{ sub(/-[0-9]+$/, "", $1) } $1 == name { print $3 / 1e6 }' "$tmp/go" | median
}
"$python" -c 'import scipy; print("scipy", scipy.__version__)'
go version
printf '%11s  %10s  %10s  %7s  %10s  %7s\n' 'Size' 'scipy [ms]' 'kept [ms]' 'times' 'all [ms]' 'times'
for side in $sides; do
  s=$(awk -v s="$side" '$1 == s { print $2 * 1e3 }' "$tmp/scipy" | median)
  k=$(milliseconds kept "$side") a=$(milliseconds all "$side")
  printf '%11s  %10.4f  %10.4f  %7.1f  %10.4f  %7.1f\n' "${side}x$side" "$s" "$k" "$(ratio "$s" "$k")" "$a" "$(ratio "$s" "$a")"
done

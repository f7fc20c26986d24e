#!/usr/bin/env bash
# The 4x4, stride 5 convolution of float64 images, alternating with scipy's
# convolve2d and OpenCV's filter2D, one thread each. "kept" computes the outputs
# that are kept, "all" computes every output and drops 24 in 25, as the other two do.
# "of read": how fast the rows that kept outputs need are read by a loop that
# does nothing else, over the time of "kept".
# Then a 1000x1000 image with large filters, all outputs: --method direct, separable
# (a filter of rank 1) and fft, beside scipy's fftconvolve and convolve2d.
#   bench/kernel.sh [RUNS]        PYTHON=... chooses the interpreter
#   bench/kernel.sh --quick       once, smaller: that it runs
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
runs=5 sides='32 256 1000 3000' filters='9 15 31 63' long=100ms
case ${1:-} in
  --quick) runs=1 sides='32 256' filters=9 long=1x ;;
  '' | *[!0-9]*) [ -z "${1:-}" ] || { echo "bench/kernel.sh: unknown option $1: [RUNS | --quick]" >&2; exit 2; } ;;
  *) runs=$1 ;;
esac
# Debian's interpreter is the one that python3-scipy and python3-opencv belong to.
python=${PYTHON:-/usr/bin/python3}
need "$python" python3
"$python" -c 'import scipy.signal' 2>/dev/null || {
  echo "bench: $python has no scipy: apt-get install python3-scipy, or PYTHON=... of an environment with it" >&2
  exit 1
}
opencv=$("$python" -c 'import cv2; print(cv2.__version__)' 2>/dev/null) || {
  opencv='' && echo "bench: $python has no OpenCV, which is left out: apt-get install python3-opencv, or pip install opencv-python-headless" >&2
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go test -c -o "$tmp/kernels.test" ./kernels

for _ in $(seq "$runs"); do
  # shellcheck disable=SC2086 # a list of words
  "$python" bench/scipy_conv2d.py --runs 3 $sides >>"$tmp/python"
  # shellcheck disable=SC2086 # a list of words
  "$python" bench/scipy_large.py --runs 3 $filters >>"$tmp/large"
  for benchmarks in "^BenchmarkConv2d\$/^(kept|all)\$/^(${sides// /|})x/^(avx512|avx2|go)\$" "^BenchmarkRead\$/^(${sides// /|})x" \
    "^BenchmarkMethods\$/^(avx512|avx2|go)\$/^(${filters// /|})x/stride-1/float64/."; do
    "$tmp/kernels.test" -test.run '^$' -test.benchtime "$long" -test.bench "$benchmarks" >>"$tmp/go"
  done
done
variant=$(awk -F/ '/^BenchmarkConv2d\/kept/ { sub(/-[0-9]+[ \t].*/, "", $4); print $4; exit }' "$tmp/go")

# milliseconds NAME: the median of our runs.
milliseconds() {
  awk -v name="Benchmark$1" '{ sub(/-[0-9]+$/, "", $1) } $1 == name { print $3 / 1e6 }' "$tmp/go" | median
}
# python LIBRARY SIDE: the median of its runs, in milliseconds.
python() { awk -v l="$1" -v s="$2" '$1 == l && $2 == s { print $3 * 1e3 }' "$tmp/python" | median; }
# over A B: their ratio, or - where there is no A.
over() { if [ "$1" = - ]; then echo -; else ratio "$1" "$2"; fi; }

"$python" -c 'import scipy; print("scipy", scipy.__version__)'
echo "OpenCV ${opencv:-not installed}"
go version
echo "variant $variant"
printf '%10s  %10s  %11s  %10s  %8s  %9s  %9s  %8s  %10s  %8s  %9s\n' 'Size' 'scipy [ms]' 'OpenCV [ms]' \
  'kept [ms]' 'x scipy' 'x OpenCV' 'read [ms]' 'of read' 'all [ms]' 'x scipy' 'x OpenCV'
for side in $sides; do
  size=${side}x$side cv=- read=-
  s=$(python scipy "$side")
  [ -z "$opencv" ] || cv=$(python opencv "$side")
  ! grep -q "^BenchmarkRead/$size" "$tmp/go" || read=$(milliseconds "Read/$size")
  k=$(milliseconds "Conv2d/kept/$size/$variant") a=$(milliseconds "Conv2d/all/$size/$variant")
  printf '%10s  %10.4f  %11s  %10.4f  %8.1f  %9s  %9s  %8s  %10.4f  %8.1f  %9s\n' "$size" "$s" "$cv" \
    "$k" "$(ratio "$s" "$k")" "$(over "$cv" "$k")" "$read" "$(over "$read" "$k")" "$a" "$(ratio "$s" "$a")" "$(over "$cv" "$a")"
done

echo
echo '1000x1000 with large filters, all outputs [ms]'
printf '%8s  %10s  %11s  %10s  %10s  %10s  %10s  %13s  %13s\n' 'Filter' 'convolve2d' 'fftconvolve' \
  'direct' 'separable' 'fft' 'auto' 'fft x direct' 'fft x scipy'
for side in $filters; do
  slow=$(awk -v s="$side" '$1 == "convolve2d" && $2 == s { print $3 * 1e3 }' "$tmp/large" | median)
  fast=$(awk -v s="$side" '$1 == "fftconvolve" && $2 == s { print $3 * 1e3 }' "$tmp/large" | median)
  for m in direct separable fft auto; do
    declare "$m=$(milliseconds "Methods/$variant/${side}x$side/stride-1/float64/$m")"
  done
  # shellcheck disable=SC2154 # declared above
  printf '%8s  %10.1f  %11.2f  %10.2f  %10.2f  %10.2f  %10.2f  %13s  %13s\n' "${side}x$side" "$slow" "$fast" \
    "$direct" "$separable" "$fft" "$auto" "$(ratio "$direct" "$fft")" "$(ratio "$fast" "$fft")"
done

#!/usr/bin/env bash
# Half round trips between two local ranks over TCP, alternating with Open MPI
# over TCP on loopback: the same loop in Go and in C (bench/pingpong.c).
#   bench/messages.sh [RUNS]
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
runs=${1:-5} sizes=8,1024,65536,1048576,8388608
need mpirun.openmpi openmpi-bin
need mpicc.openmpi libopenmpi-dev
[ -x ./numcomp ] || make -s build
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mpicc.openmpi -O2 -o "$tmp/pingpong" bench/pingpong.c

for _ in $(seq "$runs"); do
  ./numcomp launch -n 2 ./numcomp bench pingpong --sizes "$sizes" >>"$tmp/ours"
  mpirun.openmpi -np 2 --mca btl tcp,self --mca pml ob1 --mca btl_tcp_if_include lo "$tmp/pingpong" "$sizes" >>"$tmp/theirs"
done
printf '%10s  %12s  %12s  %10s  %10s  %6s\n' 'Size [B]' 'numcomp [us]' 'OpenMPI [us]' '[MB/s]' '[MB/s]' 'ratio'
for size in ${sizes//,/ }; do
  a=$(awk -v s="$size" '$1 == s { print $2 }' "$tmp/ours" | median)
  b=$(awk -v s="$size" '$1 == s { print $2 }' "$tmp/theirs" | median)
  awk -v s="$size" -v a="$a" -v b="$b" 'BEGIN { printf "%10d  %12.2f  %12.2f  %10.0f  %10.0f  %6.2f\n", s, a, b, s / a, s / b, a / b }'
done

#!/usr/bin/env bash
# The MPI engine beside the same loops in C, under the same mpirun of the same Open
# MPI, alternating: half round trips (bench/messages.c) and completion times of
# collectives (bench/collectives.c). A ratio above 1 is how many times longer the
# engine takes.
#   bench/mpi.sh [--quick] [RUNS]
# Both sides' buffers are mapped alike (internal/bench/memory.go, bench/measure.h). C
# starts MPI by MPI_Init, as a C program would; with OMPI_MPI_THREAD_LEVEL=3 in the
# environment it has threads as the engine has. Every rank is bound to a core, on both
# sides alike: more ranks than CPUs take one of several times otherwise, by how the system
# places them. What is measured, each with its default:
#   OPS='pingpong bcast gather allreduce'   RANKS='2 4' (of the collectives)
#   SIZES=8192,16384,32768,65536,1048576,8388608
#   PAIR_SIZES=1,8,65536,1048576,8388608
#   TIME=0.1 seconds a size and run
# The last column is gompi's own published table, which has half round trips: gompi and
# OSU's latency test, in us on its authors' machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
options "$@"
runs=${RUNS:-3}
if [ "$quick" = 1 ]; then
  runs=1
  : "${RANKS:=2}" "${SIZES:=8192}" "${PAIR_SIZES:=1,8}" "${TIME:=0.001}"
fi
: "${OPS:=pingpong bcast gather allreduce}" "${RANKS:=2 4}" "${SIZES:=8192,16384,32768,65536,1048576,8388608}"
: "${PAIR_SIZES:=1,8,65536,1048576,8388608}" "${TIME:=0.1}"
export OMPI_MCA_hwloc_base_binding_policy=core:overload-allowed
temporary
mpi_programs messages
mpi_programs collectives
numcomp=${NUMCOMP:-./numcomp-mpi}
[ -x "$numcomp" ] || make -s build-mpi

# published OP SIZE: gompi's and OSU's half round trip in the README of
# github.com/sbromberger/gompi, "updated August 2025".
published() {
  case $1:$2 in
    pingpong:1) echo '  0.16 / 0.11' ;;
    pingpong:8) echo '  0.17 / 0.11' ;;
    pingpong:65536) echo '  3.07 / 2.59' ;;
    pingpong:1048576) echo '  25.99 / 25.25' ;;
  esac
}

# measure OP RANKS: a line a size.
measure() {
  local op=$1 ranks=$2 program=collectives sizes=$SIZES size a b
  [ "$op" = pingpong ] && program=messages sizes=$PAIR_SIZES
  : >"$tmp/engine"
  : >"$tmp/c"
  for _ in $(seq "$runs"); do
    mpirun.openmpi -np "$ranks" "$numcomp" bench "$op" --engine mpi --sizes "$sizes" --time "$TIME" >>"$tmp/engine"
    mpi openmpi "$ranks" "$program" "$op" "$sizes" "$TIME" >>"$tmp/c"
  done
  for size in ${sizes//,/ }; do
    a=$(column 2 "$size" engine)
    b=$(column 2 "$size" c)
    printf '%10s  %5d  %10d  %11.2f  %9.2f  %6.2f%s\n' "$op" "$ranks" "$size" "$a" "$b" "$(ratio "$a" "$b")" "$(published "$op" "$size")"
  done
}

echo "# $(nproc) CPUs, medians of $runs alternating runs, $TIME s a size and run"
printf '%10s  %5s  %10s  %11s  %9s  %6s  %s\n' Operation Ranks 'Size [B]' 'engine [us]' 'in C [us]' ratio 'gompi / OSU [us]'
for op in $OPS; do
  if [ "$op" = pingpong ]; then
    measure "$op" 2
  else
    for ranks in $RANKS; do measure "$op" "$ranks"; done
  fi
done

#!/usr/bin/env bash
# The MPI engine beside the same loops in C, under the same mpirun of the same Open
# MPI, alternating: half round trips (bench/messages.c) and completion times of
# collectives (bench/collectives.c). A ratio above 1 is how many times longer the
# engine takes.
#   bench/mpi.sh [--quick] [RUNS]
# What is measured, each with its default:
#   OPS='pingpong bcast gather allreduce'   RANKS='2 4' (of the collectives)
#   SIZES=8,8192,65536,1048576,8388608      TIME=0.1 seconds a size and run
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
options "$@"
runs=${RUNS:-3}
if [ "$quick" = 1 ]; then
  runs=1
  : "${RANKS:=2}" "${SIZES:=8,8192}" "${TIME:=0.001}"
fi
: "${OPS:=pingpong bcast gather allreduce}" "${RANKS:=2 4}" "${SIZES:=8,8192,65536,1048576,8388608}" "${TIME:=0.1}"
temporary
mpi_programs messages
mpi_programs collectives
numcomp=${NUMCOMP:-./numcomp-mpi}
[ -x "$numcomp" ] || make -s build-mpi

# measure OP RANKS: a line a size.
measure() {
  local op=$1 ranks=$2 program=collectives size a b
  [ "$op" = pingpong ] && program=messages
  : >"$tmp/engine"
  : >"$tmp/c"
  for _ in $(seq "$runs"); do
    mpirun.openmpi -np "$ranks" "$numcomp" bench "$op" --engine mpi --sizes "$SIZES" --time "$TIME" >>"$tmp/engine"
    mpi openmpi "$ranks" "$program" "$op" "$SIZES" "$TIME" >>"$tmp/c"
  done
  for size in ${SIZES//,/ }; do
    a=$(column 2 "$size" engine)
    b=$(column 2 "$size" c)
    printf '%10s  %5d  %10d  %11.2f  %9.2f  %6.2f\n' "$op" "$ranks" "$size" "$a" "$b" "$(ratio "$a" "$b")"
  done
}

echo "# $(nproc) CPUs, medians of $runs alternating runs, $TIME s a size and run"
printf '%10s  %5s  %10s  %11s  %9s  %6s\n' Operation Ranks 'Size [B]' 'engine [us]' 'in C [us]' ratio
for op in $OPS; do
  if [ "$op" = pingpong ]; then
    measure "$op" 2
  else
    for ranks in $RANKS; do measure "$op" "$ranks"; done
  fi
done

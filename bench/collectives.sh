#!/usr/bin/env bash
# Completion times of collective operations (from the first rank leaving a barrier
# to the last rank having its data) on this machine, alternating with Open MPI and
# MPICH: the same loop in Go and in C (bench/collectives.c). A ratio above 1 is how
# many times faster numcomp is.
#   bench/collectives.sh [--quick] [RUNS]
# What is measured, each with its default:
#   OPS='bcast gather allreduce barrier'    RANKS='2 4 16'
#   SIZES=8192,131072,1048576,8388608       TIME=0.1 seconds a size and run
#   TRANSPORT=auto    tcp: numcomp over TCP, against Open MPI over TCP on loopback
#   MPICH_RANKS=2     up to how many ranks MPICH is measured: with more ranks than
#                     CPUs it takes minutes
# The barrier is that of 128 ranks, too, and the broadcast of 80 MB to 16 ranks:
# WIDE=1, or 0 for neither.
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
options "$@"
runs=${RUNS:-3}
if [ "$quick" = 1 ]; then
  runs=1
  : "${OPS:=bcast gather scatter allreduce allgather alltoall barrier}" "${RANKS:=2}" "${SIZES:=8192}" "${TIME:=0.001}" "${WIDE:=0}"
fi
: "${OPS:=bcast gather allreduce barrier}" "${RANKS:=2 4 16}" "${SIZES:=8192,131072,1048576,8388608}" "${TIME:=0.1}" "${WIDE:=1}"
: "${TRANSPORT:=auto}" "${MPICH_RANKS:=2}"
peers=(openmpi mpich)
[ "$TRANSPORT" = tcp ] && peers=(openmpi-tcp)
mpi_programs collectives
need_numcomp

# measure OP RANKS SIZES: a line a size.
measure() {
  local op=$1 ranks=$2 sizes=$3 who file
  local with=("${peers[@]}")
  [ "$ranks" -gt "$MPICH_RANKS" ] && [ "$TRANSPORT" != tcp ] && with=(openmpi)
  for who in numcomp "${with[@]}"; do : >"$tmp/$who"; done
  local flags=(--time "$TIME" --transport "$TRANSPORT")
  [ "$op" = barrier ] || flags+=(--sizes "$sizes")
  for _ in $(seq "$runs"); do
    ours bench "$op" --num-workers "$ranks" "${flags[@]}" >>"$tmp/numcomp"
    for who in "${with[@]}"; do
      mpi "$who" "$ranks" collectives "$op" "$sizes" "$TIME" >>"$tmp/$who"
    done
  done
  for size in ${sizes//,/ }; do
    # Its first column is the number of ranks.
    local first=$size mine
    [ "$op" = barrier ] && first=$ranks
    mine=$(column 2 "$first" numcomp)
    printf '%10s  %5d  %10d  %14.2f' "$op" "$ranks" "$size" "$mine"
    for who in "${peers[@]}"; do
      if [ -e "$tmp/$who" ] && [ -s "$tmp/$who" ]; then
        local theirs
        theirs=$(column 2 "$first" "$who")
        printf '  %19.2f  %6.2f' "$theirs" "$(ratio "$theirs" "$mine")"
      else
        printf '  %19s  %6s' - -
      fi
    done
    echo
  done
  for who in "${peers[@]}"; do rm -f "$tmp/$who"; done
}

echo "# $(nproc) CPUs, medians of $runs alternating runs, $TIME s a size and run, numcomp --transport $TRANSPORT"
printf '%10s  %5s  %10s  %14s' Operation Ranks 'Size [B]' 'numcomp [us]'
for who in "${peers[@]}"; do printf '  %19s  %6s' "$(name_of "$who") [us]" ratio; done
echo
for op in $OPS; do
  sizes=$SIZES
  [ "$op" = barrier ] && sizes=0
  for ranks in $RANKS; do measure "$op" "$ranks" "$sizes"; done
  if [ "$WIDE" = 1 ]; then
    [ "$op" != bcast ] || measure bcast 16 80000000
    [ "$op" != barrier ] || measure barrier 128 0
  fi
done

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
# WIDE=1: the barrier of 128 ranks, too, and 80 MB broadcast to 16 ranks: by bcast,
# and into the node's one copy (shared-bcast, and shared-bcast-in-place) against
# MPI's broadcast into a copy a rank; WIDE=0 for none of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
options "$@"
runs=${RUNS:-3}
if [ "$quick" = 1 ]; then
  runs=1
  : "${OPS:=bcast gather scatter allreduce allgather alltoall shared-bcast shared-bcast-in-place barrier}" "${RANKS:=2}" "${SIZES:=8192}" "${WIDE:=0}" "${MPICH_RANKS:=0}"
fi
: "${OPS=bcast gather allreduce barrier}" "${RANKS=2 4 16}" "${SIZES:=8192,131072,1048576,8388608}" "${TIME:=0.1}" "${WIDE:=1}"
: "${TRANSPORT:=auto}" "${MPICH_RANKS:=2}"
peers=(openmpi mpich)
[ "$TRANSPORT" = tcp ] && peers=(openmpi-tcp)
effort "$TIME"
mpi_programs collectives
need_numcomp

# measure OP RANKS SIZES: a line a size.
measure() {
  local op=$1 ranks=$2 sizes=$3 who
  local theirs=${op/#shared-bcast*/bcast} mine=("${op%-in-place}")
  [ "$op" = "$mine" ] || mine+=(--in-place)
  local with=("${peers[@]}")
  [ "$ranks" -gt "$MPICH_RANKS" ] && [ "$TRANSPORT" != tcp ] && with=(openmpi)
  for who in numcomp "${with[@]}"; do : >"$tmp/$who"; done
  [ "$op" = barrier ] || mine+=(--sizes "$sizes")
  for _ in $(seq "$runs"); do
    ours bench "${mine[@]}" --num-workers "$ranks" "${flags[@]}" --transport "$TRANSPORT" >>"$tmp/numcomp"
    for who in "${with[@]}"; do
      mpi "$who" "$ranks" collectives "$theirs" "$sizes" "${arguments[@]}" >>"$tmp/$who"
    done
  done
  for size in ${sizes//,/ }; do
    # Its first column is the number of ranks.
    local first=$size here there
    [ "$op" = barrier ] && first=$ranks
    here=$(column 2 "$first" numcomp)
    printf '%21s  %5d  %10d  %14.2f' "$op" "$ranks" "$size" "$here"
    for who in "${peers[@]}"; do
      if [ -e "$tmp/$who" ] && [ -s "$tmp/$who" ]; then
        there=$(column 2 "$first" "$who")
        printf '  %19.2f  %6.2f' "$there" "$(ratio "$there" "$here")"
      else
        printf '  %19s  %6s' - -
      fi
    done
    echo
  done
  for who in "${peers[@]}"; do rm -f "$tmp/$who"; done
}

echo "# $(nproc) CPUs, medians of $runs alternating runs, $TIME s a size and run, numcomp --transport $TRANSPORT"
printf '%21s  %5s  %10s  %14s' Operation Ranks 'Size [B]' 'numcomp [us]'
for who in "${peers[@]}"; do printf '  %19s  %6s' "$(name_of "$who") [us]" ratio; done
echo
for op in $OPS; do
  sizes=$SIZES
  [ "$op" = barrier ] && sizes=0
  for ranks in $RANKS; do measure "$op" "$ranks" "$sizes"; done
  if [ "$WIDE" = 1 ]; then
    case $op in
      bcast) for wide in bcast shared-bcast shared-bcast-in-place; do measure "$wide" 16 80000000; done ;;
      barrier) measure barrier 128 0 ;;
    esac
  fi
done

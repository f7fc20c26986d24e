#!/usr/bin/env bash
# Half round trips and streams of messages between two ranks of this machine,
# alternating with Open MPI and MPICH: the same loops in Go and in C
# (bench/messages.c). A ratio above 1 is how many times faster numcomp is.
#   bench/messages.sh [--quick] [RUNS]
# SIZES=8,1024,65536,1048576,8388608 bytes; TIME=0.3 seconds a size and run;
# TRANSPORTS='tcp auto': tcp against Open MPI over TCP on loopback, auto against
# Open MPI and MPICH as they are, which is shared memory.
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
options "$@"
runs=${RUNS:-5}
if [ "$quick" = 1 ]; then
  runs=1
  : "${SIZES:=8192}"
fi
: "${SIZES:=8,1024,65536,1048576,8388608}" "${TIME:=0.3}" "${TRANSPORTS:=tcp auto}"
effort "$TIME"
mpi_programs messages
need_numcomp

# measure pingpong|bandwidth TRANSPORT PEER...
measure() {
  local what=$1 transport=$2 who
  shift 2
  rm -f "$tmp"/{numcomp,openmpi,openmpi-tcp,mpich}
  for _ in $(seq "$runs"); do
    ours bench "$what" --num-workers 2 --sizes "$SIZES" "${flags[@]}" --transport "$transport" >>"$tmp/numcomp"
    for who in "$@"; do mpi "$who" 2 messages "$what" "$SIZES" "${arguments[@]}" >>"$tmp/$who"; done
  done
  local unit='us' shown="$transport"
  [ "$what" = bandwidth ] && unit=MB/s
  [ "$transport" = auto ] && shown="$transport, which is $(sed -n 's/^# .* transport //p' "$tmp/numcomp" | tail -1)"
  echo "# $what, numcomp --transport $shown"
  printf '%10s  %16s' 'Size [B]' "numcomp [$unit]"
  for who in "$@"; do printf '  %19s  %6s' "$(name_of "$who") [$unit]" ratio; done
  echo
  local size mine theirs
  for size in ${SIZES//,/ }; do
    mine=$(column 2 "$size" numcomp)
    printf '%10d  %16.2f' "$size" "$mine"
    for who in "$@"; do
      theirs=$(column 2 "$size" "$who")
      if [ "$what" = bandwidth ]; then
        printf '  %19.2f  %6.2f' "$theirs" "$(ratio "$mine" "$theirs")"
      else
        printf '  %19.2f  %6.2f' "$theirs" "$(ratio "$theirs" "$mine")"
      fi
    done
    echo
  done
}

echo "# $(nproc) CPUs, medians of $runs alternating runs, $TIME s a size and run"
for transport in $TRANSPORTS; do
  peers=(openmpi mpich)
  [ "$transport" = tcp ] && peers=(openmpi-tcp)
  for what in pingpong bandwidth; do measure "$what" "$transport" "${peers[@]}"; done
done

#!/usr/bin/env bash
# Start-up with many ranks on this machine, alternating with Open MPI and MPICH: whole
# runs, from start to exit, of 20 barriers, and of numcomp's job on a small workload.
# Then numcomp's own memory and threads a rank while that runs.
#   bench/start.sh [--quick] [RUNS]
# RANKS=128
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
options "$@"
runs=${RUNS:-3}
if [ "$quick" = 1 ]; then
  runs=1
  : "${RANKS:=3}"
fi
ranks=${RANKS:-128}
mpi_programs start
need_numcomp

barriers() { "$numcomp" bench barrier --num-workers "$ranks" --rounds 20 --warm-up 0; }
job() { "$numcomp" --num-workers "$ranks" --size 64x64 --items 512 --iterations 2; }
openmpi() { mpi openmpi "$ranks" start; }
mpich() { mpi mpich "$ranks" start; }
echo "start to exit, $ranks ranks, $(nproc) CPUs, $runs alternating runs"
for _ in $(seq "$runs"); do
  for who in barriers job openmpi mpich; do
    seconds "$who" >>"$tmp/$who"
  done
done
a=$(median <"$tmp/barriers") b=$(median <"$tmp/openmpi") c=$(median <"$tmp/mpich")
echo "  numcomp, 20 barriers                $a s"
echo "  Open MPI, 20 barriers               $b s, $(ratio "$b" "$a") times that"
echo "  MPICH, 20 barriers                  $c s, $(ratio "$c" "$a") times that"
echo "  numcomp, 4 iterations of 512 items  $(median <"$tmp/job") s"

# Private pages and threads of every rank, while all of them run.
"$numcomp" --num-workers "$ranks" --size 64x64 --items 512 --iterations 1000000 >"$tmp/out" 2>&1 &
pid=$!
trap 'best_effort kill "$pid"; best_effort wait "$pid"; rm -rf "$tmp"' EXIT
appears 'Time for iteration 2 ' "$tmp/out" "$pid"
agent=$(pgrep -P "$pid")
for rank in $(pgrep -P "$agent"); do
  awk '/^Private_(Clean|Dirty):/ { s += $2 } END { printf "%.1f ", s / 1024 }' "/proc/$rank/smaps_rollup"
  awk '/^Threads:/ { print $2 }' "/proc/$rank/status"
done | sort -g | awk '{ m[NR] = $1; if ($2 > t) t = $2 } END { printf "  own memory a rank: median %.1f MB, most %.1f MB; most threads %d (of %d ranks)\n", m[int((NR + 1) / 2)], m[NR], t, NR }'

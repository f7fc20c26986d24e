#!/usr/bin/env bash
# What the run-time itself costs a thousand ranks: under a real Slurm of 8 nodes on
# this machine (as root; it is started and ended here), every rank has 32 items of 1 s
# each, asleep, so that CPUs do not count. Ideal are 32 s. Both schedules, broadcast.
#   bench/sleep.sh [RANKS-PER-NODE] [--quick]
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
within_slurm sleep "$@"
shift # --inside
RUNS=128
options "$@"
each=$RUNS items=32 time=1
[ "$quick" = 0 ] || each=1 items=4 time=0.05
ranks=$((8 * each))
temporary
echo "srun -N 8 --ntasks-per-node $each, $(nproc) CPUs, $items items a rank, --work-mode sleep --work-time $time"
for schedule in static dynamic; do
  srun --mpi=none -N 8 --ntasks-per-node "$each" \
    "$numcomp" --size 32x32 --items $((ranks * items)) --iterations 1 --burns 0 --work-mode sleep --work-time "$time" \
    --schedule "$schedule" >"$tmp/out" 2>"$tmp/said" || { cat "$tmp/said" >&2; exit 1; }
  grep -q "$ranks ranks on 8 nodes" "$tmp/out" || { cat "$tmp/out" >&2; exit 1; }
  took=$(awk '/^Average time:/ { print $3 }' "$tmp/out")
  awk -v s="$schedule" -v t="$took" -v i="$items" -v w="$time" 'BEGIN { printf "  %-8s %.3f s, %.1f %% of ideal\n", s, t, 100 * i * w / t }'
done

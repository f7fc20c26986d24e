#!/usr/bin/env bash
# Memory of every rank's own, beside the node's one copy of the data: private memory
# (Private_Clean + Private_Dirty) of 128 ranks of this machine, while the default
# workload runs and after it has distributed and gathered at least twice. Rank 0 has
# the array before it is distributed (7.6 MB) in its own memory too.
#   bench/memory.sh [RANKS] [--quick]
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
need_numcomp
RUNS=128
options "$@"
ranks=$RUNS
[ "$quick" = 0 ] || ranks=4
temporary

# No iteration may end the run before all ranks have been looked at.
running "$tmp/out" "$numcomp" --num-workers "$ranks" --iterations 1000000 --burns 1 --timeout 5m
mine=$(readlink -f "$numcomp")
for proc in /proc/[0-9]*; do
  [ "$(best_effort readlink "$proc/exe")" = "$mine" ] || continue
  rank=$(tr '\0' '\n' <"$proc/environ" | sed -n 's/^PMI_RANK=//p')
  [ -n "$rank" ] || continue # the launcher
  echo "$(private_memory "$proc") $rank"
done >"$tmp/each"
[ "$(wc -l <"$tmp/each")" = "$ranks" ] || { echo "bench: $(wc -l <"$tmp/each") of $ranks ranks were seen" >&2; exit 1; }
echo "$ranks ranks on $(nproc) CPUs, default workload; own memory of a rank [MB of 2^20 bytes]:"
awk '$2 == 0 { print $1 }' "$tmp/each" | awk '{ printf "  rank 0         %8.2f, of which 7.63 are the array before it is distributed\n", $1 }'
awk '$2 != 0 { print $1 }' "$tmp/each" | sort -g | awk '{ v[NR] = $1 } END { printf "  other ranks    %8.2f least, %.2f median, %.2f most\n", v[1], v[int((NR + 1) / 2)], v[NR] }'
grep Memory: "$tmp/out"

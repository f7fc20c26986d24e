#!/usr/bin/env bash
# A thousand ranks under a real Slurm of 8 nodes on this machine (as root; it is
# started and ended here): srun of numcomp with a small workload, alternating with
# the same srun of a Go program that does nothing. Then, while all ranks run, each
# rank's private memory, threads and sockets.
#   bench/slurm.sh [RANKS-PER-NODE] [RUNS]          RUNS 0: only the looking
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/lib.sh
within_slurm slurm "$@"
shift # --inside
each=${1:-128} runs=${2:-3}
ranks=$((8 * each))
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
printf 'package main\n\nfunc main() {}\n' >"$tmp/nothing.go"
CGO_ENABLED=0 go build -o "$tmp/nothing" "$tmp/nothing.go"

step() { srun --mpi="$kind" -N 8 --ntasks-per-node "$each" "$@"; }
work=(--size 64x64 --items 4096 --iterations 3)
ours() { step "$numcomp" "${work[@]}" --json "$tmp/json" >"$tmp/out"; }
theirs() { step "$tmp/nothing"; }
sha() { sed -n 's/.*"result_sha256": *"\([0-9a-f]*\)".*/\1/p' "$1"; }

"$numcomp" "${work[@]}" --num-workers 1 --json "$tmp/alone" >/dev/null
for kind in none pmi2; do
  [ "$runs" -gt 0 ] || continue
  rm -f "$tmp/ours" "$tmp/theirs"
  for _ in $(seq "$runs"); do
    seconds theirs >>"$tmp/theirs"
    seconds ours >>"$tmp/ours"
    [ "$(sha "$tmp/json")" = "$(sha "$tmp/alone")" ] || { echo "results differ from those of one rank alone" >&2; exit 1; }
    grep -q "$ranks ranks on 8 nodes" "$tmp/out" || { cat "$tmp/out" >&2; exit 1; }
  done
  a=$(median <"$tmp/ours") b=$(median <"$tmp/theirs")
  echo "srun --mpi=$kind -N 8 --ntasks-per-node $each, $(nproc) CPUs, $runs alternating runs, results as of one rank alone"
  echo "  numcomp ${work[*]}  $a s"
  echo "  a Go program that does nothing                $b s"
  echo "  ratio                                         $(ratio "$a" "$b")"
done

# While all ranks run, after at least one broadcast and one gather: looking at them
# takes two minutes.
kind=none
running "$tmp/out" srun --mpi="$kind" -N 8 --ntasks-per-node "$each" \
  "$numcomp" --size 64x64 --items 4096 --iterations 1000000 --timeout 7m
mine=$(readlink -f "$numcomp")
for proc in /proc/[0-9]*; do
  [ "$(readlink "$proc/exe")" = "$mine" ] || continue
  rank=$(tr '\0' '\n' <"$proc/environ" | sed -n 's/^SLURM_PROCID=//p')
  [ -n "$rank" ] || continue # of another run of the same file
  private=$(private_memory "$proc")
  threads=$(awk '/^Threads:/ { print $2 }' "$proc/status")
  sockets=$(find "$proc/fd" -lname 'socket:*' | wc -l)
  echo "$private $threads $sockets $rank"
done >"$tmp/each"
seen=$(wc -l <"$tmp/each")
[ "$seen" = "$ranks" ] || { echo "of $ranks ranks $seen were seen" >&2; exit 1; }
# Rank 0 has the job's data, which the report calls Memory, beside its own.
echo "while they run:"
grep Memory: "$tmp/out"
awk '$4 == 0 { printf "  rank 0:          private memory %.1f MB, threads %d, sockets %d\n", $1, $2, $3; next }
  { n++; m += $1; s += $3; if ($1 > 8) over++; if ($2 > 10) many++
    if ($1 > mm) mm = $1; if ($2 > mt) { mt = $2; who = $4 } if ($3 > ms) ms = $3 }
  END { printf "  other %4d ranks: private memory %.1f MB mean, %.1f MB most (%d above 8); most threads %d (rank %d; %d ranks above 10); sockets %.1f mean, %d most\n",
    n, m / n, mm, over, mt, who, many, s / n, ms }' "$tmp/each"

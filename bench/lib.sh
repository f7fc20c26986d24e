# Shared by the side-by-side scripts of this folder; sourced by them.

# What Open MPI wants as root and with more ranks than CPUs.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1

# need COMMAND PACKAGE: ends the script when a command is missing.
need() {
  command -v "$1" >/dev/null || { echo "bench: $1 is not installed (Debian package $2)" >&2; exit 1; }
}

# seconds COMMAND...: the wall time of the whole command; its failure is ours.
seconds() {
  local from to
  from=$(date +%s.%N)
  "$@" >/dev/null || { echo "bench: failed: $*" >&2; exit 1; }
  to=$(date +%s.%N)
  awk -v a="$from" -v b="$to" 'BEGIN { printf "%.3f\n", b - a }'
}

# median: of the numbers on standard input, one a line.
median() {
  sort -g | awk '{ v[NR] = $1 } END { if (NR % 2) print v[(NR + 1) / 2]; else print (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# ratio A B: A/B with two decimals.
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'; }

# appears PATTERN FILE PID: waits until FILE, the output of PID, has the pattern.
appears() {
  until grep -q "$1" "$2"; do
    kill -0 "$3" || { cat "$2" >&2; exit 1; }
    sleep 0.2
  done
}

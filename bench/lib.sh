# Shared by the side-by-side scripts of this folder; sourced by them.

# What Open MPI wants as root and with more ranks than CPUs.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1

# need COMMAND PACKAGE: ends the script when a command is missing.
need() {
  command -v "$1" >/dev/null || { echo "bench: $1 is not installed (Debian package $2)" >&2; exit 1; }
}

# The program that is measured.
numcomp=${NUMCOMP:-./numcomp}

# need_numcomp: builds the program where it is missing.
need_numcomp() { [ -n "${NUMCOMP:-}" ] || [ -x ./numcomp ] || make -s build; }

# ours ARGS: numcomp, whose standard error is shown only when it fails.
ours() { "$numcomp" "$@" 2>"$tmp/said" || { cat "$tmp/said" >&2; exit 1; }; }

# options ARGS: sets quick, to 1 with --quick, as CI runs a script so that it cannot
# rot, and RUNS where a number is given.
options() {
  quick=0
  local arg
  for arg; do
    case $arg in
      --quick) quick=1 ;;
      [0-9]*) RUNS=$arg ;;
      *) echo "bench: $arg is neither --quick nor a number of runs" >&2; exit 2 ;;
    esac
  done
}

# effort SECONDS: sets flags for numcomp bench, and arguments for the C programs, to
# measure a row for so long; when quick, for 2 rounds.
effort() {
  flags=(--time "$1") arguments=("$1")
  [ "$quick" = 0 ] || flags=(--rounds 2 --warm-up 0) arguments=(0 2 0)
}

# temporary: makes the folder $tmp, which goes when the script ends.
temporary() {
  tmp=$(mktemp -d)
  trap 'rm -rf "$tmp"' EXIT
}

# mpi_programs NAME: compiles bench/NAME.c by Open MPI and by MPICH, into $tmp.
mpi_programs() {
  local which
  need mpirun.openmpi openmpi-bin
  need mpicc.openmpi libopenmpi-dev
  need mpirun.mpich mpich
  need mpicc.mpich libmpich-dev
  [ -n "${tmp:-}" ] || temporary
  for which in openmpi mpich; do
    "mpicc.$which" -O2 -o "$tmp/$1.$which" "bench/$1.c"
  done
}

# mpi PEER RANKS NAME ARGS: runs what mpi_programs has compiled.
mpi() {
  local peer=$1 ranks=$2 program=$3
  shift 3
  case $peer in
    openmpi) mpirun.openmpi -np "$ranks" "$tmp/$program.openmpi" "$@" ;;
    openmpi-tcp) mpirun.openmpi -np "$ranks" --mca btl tcp,self --mca pml ob1 --mca btl_tcp_if_include lo "$tmp/$program.openmpi" "$@" ;;
    mpich) mpirun.mpich -np "$ranks" "$tmp/$program.mpich" "$@" ;;
  esac
}

# name_of PEER: as a heading.
name_of() {
  case $1 in
    openmpi) echo 'Open MPI' ;;
    openmpi-tcp) echo 'Open MPI TCP' ;;
    mpich) echo MPICH ;;
  esac
}

# column N FIRST FILE: the median, over runs, of column N of the lines of $tmp/FILE
# whose first column is FIRST.
column() {
  local values
  values=$(awk -v n="$1" -v first="$2" '$1 == first { print $n }' "$tmp/$3")
  [ -n "$values" ] || { echo "bench: no row $2 from $3" >&2; exit 1; }
  median <<<"$values"
}

# seconds COMMAND...: the wall time of the whole command; its failure is ours.
seconds() {
  local from to
  from=$(date +%s.%N)
  "$@" >/dev/null || { echo "bench: failed: $*" >&2; exit 1; }
  to=$(date +%s.%N)
  awk -v a="$from" -v b="$to" 'BEGIN { printf "%.3f\n", b - a }'
}

# best_effort COMMAND: in an EXIT trap a failure would be the script's.
best_effort() { "$@" 2>/dev/null || true; }

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

# within_slurm SCRIPT ARGS: has bench/SCRIPT.sh run with --inside before its arguments,
# within a real Slurm of 8 nodes that is started and ended here. It returns there.
within_slurm() {
  local script=$1
  shift
  [ "${1:-}" != --inside ] || return 0
  need slurmctld slurm-wlm
  need munged munge
  need_numcomp
  exec go run ./internal/real/slurm/cmd/withslurm bash "bench/$script.sh" --inside "$@"
}

# running FILE COMMAND...: starts it, with its output in FILE, until the script ends, and
# returns once its first iteration is over.
running() {
  local out=$1
  shift
  "$@" >"$out" 2>&1 &
  pid=$!
  trap 'best_effort kill -TERM "$pid"; best_effort wait "$pid"; rm -rf "$tmp"' EXIT
  appears 'Time for iteration 1 ' "$out" "$pid"
}

# private_memory PROC: what is a process's own, in MB of 2^20 bytes.
private_memory() { awk '/^Private_(Clean|Dirty):/ { s += $2 } END { printf "%.2f", s / 1024 }' "$1/smaps_rollup"; }

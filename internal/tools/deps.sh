#!/usr/bin/env bash
# Installs what `make test` needs beside Go: a C compiler for the race detector,
# and the real launchers. Elsewhere than on Debian as root it says what is
# missing; the suites then skip with that reason, or fail with CI=true.
set -euo pipefail

# What is needed, as command:package.
needs=(
  gcc:gcc
  mpirun.openmpi:openmpi-bin
  mpicc.openmpi:libopenmpi-dev
  mpirun.mpich:mpich
  mpicc.mpich:libmpich-dev
  ip:iproute2
  munged:munge
  slurmctld:slurm-wlm
  ssh:openssh-client
  /usr/sbin/sshd:openssh-server
)
missing=()
for need in "${needs[@]}"; do
  command -v "${need%%:*}" >/dev/null || missing+=("${need#*:}")
done
# gcc alone does not link: the race detector needs the C library's headers too.
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev)
# Modules of Debian's Python.
for module in scipy mpi4py; do
  [ -e "/usr/lib/python3/dist-packages/$module" ] || missing+=("python3-$module")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing from Debian: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "missing, and not installed (that takes Debian and root): ${missing[*]}" >&2
  echo "suites that need them are skipped, or fail with CI=true" >&2
fi

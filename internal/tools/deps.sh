#!/usr/bin/env bash
# Installs what `make test` needs beside Go: a C compiler for the race detector,
# the real launchers, and an emulated machine. Elsewhere than on Debian as root it
# says what is missing; the suites then skip with that reason, or fail with CI=true.
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
# What the emulated machine is, and on what it boots, as file:package.
kernel=/usr/local/lib/numcomp-emulator/vmlinuz
machine=()
if [ "$(uname -m)" = x86_64 ]; then
  needs+=(bochs:bochs xorriso:xorriso)
  machine=(
    /usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so:bochs-term
    /usr/share/bochs/BIOS-bochs-latest:bochsbios
    /usr/share/vgabios/vgabios.bin:vgabios
    /usr/lib/ISOLINUX/isolinux.bin:isolinux
    /usr/lib/syslinux/modules/bios/ldlinux.c32:syslinux-common
    "$kernel:linux-image-cloud-amd64"
  )
fi
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
for file in "${machine[@]}"; do
  [ -e "${file%%:*}" ] || missing+=("${file#*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing from Debian: ${missing[*]}"
  apt-get update -qq
  install=()
  for package in "${missing[@]}"; do
    if [ "$package" != linux-image-cloud-amd64 ]; then
      install+=("$package")
      continue
    fi
    # For the emulated machine alone: the kernel is taken out of its package.
    package=$(apt-cache depends "$package" | awk '/Depends: linux-image-/ { print $2; exit }')
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    (cd "$tmp" && apt-get download -qq -o APT::Sandbox::User=root "$package" && dpkg-deb -x ./*.deb .)
    install -D -m 644 "$tmp"/boot/vmlinuz-* "$kernel"
  done
  [ ${#install[@]} -eq 0 ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${install[@]}" >/dev/null
else
  echo "missing, and not installed (that takes Debian and root): ${missing[*]}" >&2
  echo "suites that need them are skipped, or fail with CI=true" >&2
fi

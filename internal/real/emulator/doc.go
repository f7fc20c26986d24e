// Package emulator holds the suite of the kernels in AVX-512, which few machines
// have: Bochs emulates a processor with it, on which Debian's kernel boots with
// the kernels' own tests as its only programs.
package emulator

// Package simd holds inner loops in assembly for x86-64 processors with AVX2 or AVX-512.
//
// A program named asm in internal/tools writes the assembly and its
// declarations, with github.com/mmcloughlin/avo; `make generate` runs it. This
// package wraps what it writes: the wrappers check that nothing outside of the
// slices is touched, and cut the work into calls of at most about a millisecond,
// for the runtime cannot stop a goroutine inside of assembly.
//
// The loops multiply, round, and add, as the portable ones do: no product is
// fused with a sum, so that the bits are the same.
//
// Where [Set.Available] is false, nothing may be called in that set; what takes no
// set is in AVX2.
package simd

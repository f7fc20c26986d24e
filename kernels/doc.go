// Package kernels holds the functions that a job applies to its items.
//
// A [Kernel] maps an array and parameters to a result whose shape it can tell
// in advance:
//
//	conv2d   an image and a filter -> scipy.signal.convolve2d(image, filter)[::s, ::s]
//	exp      an array              -> the exponential of every element
//
// [All] lists the kernels and [New] makes one. A kernel comes in variants.
// Variant 0, "reference", is plain, short and always compiled; every other
// variant is held to it by package kerneltest, within the tolerance that
// [Entry.Tolerance] states. A job runs one variant everywhere: the least capable
// that [Best] names on any of its ranks.
//
// The variant "go" is portable; "avx2" and "avx512" have their inner loops in
// assembly (package simd) and the same bits. Only exp's differ from the reference's, by less than
// two ULPs.
//
// conv2d can also be computed in other ways, which give up the reference's order of
// additions and win for large filters ([Options.Method]): by row and column where
// the filter is of rank 1, and by Fourier transforms (package fft). [Deviation] states
// their tolerance.
//
// To add a variant, write one file with its constructor and append one line to
// the kernel's row; to add a kernel, write one file with its row and name the
// row in table (registry.go).
//
// # Bits
//
// The bits of a result depend on the values of the array and the parameters, on
// the options and on the variant, never on where the arrays lie in memory, on
// their alignment, or on which goroutine or rank computes. Products are rounded
// before they are added: the explicit conversions T(x*y) forbid the compiler to
// fuse them into an FMA, which it would otherwise do on arm64 and not on amd64.
//
// # Memory
//
// Kernels own nothing that they are given. Apply allocates only scratch rows,
// which it reuses.
package kernels

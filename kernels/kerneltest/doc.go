// Package kerneltest holds every variant of every kernel to the reference.
//
// A kernel's test is one line per variant:
//
//	kerneltest.Run(t, "conv2d", variant)
//
// Run knows a kernel only by its [kernels.Entry]: what has parameters runs over
// arrays and filters of many shapes, modes, boundaries and strides; what has
// none runs over arrays. Arrays lie between guards of poisoned NaNs, at varying
// offsets, so that a variant that reads or writes outside of its arrays, or
// whose bits depend on their alignment, is found out; then between pages that
// cannot be touched at all. With -short, which emulated machines ask for, few of the
// cases run.
//
// [ULPs] and [Magnitudes] measure how far a result is from another.
package kerneltest

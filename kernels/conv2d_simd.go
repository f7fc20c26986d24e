package kernels

import (
	"numcomp/kernels/fft"
	"numcomp/kernels/simd"
)

// newConv2dSIMD makes the version for x86-64 processors with a set of vector
// instructions: conv2dRows with assembly that sums vectors of outputs, in the
// reference's order and without fusing products and sums, which leaves the bits
// as they are. See package simd.
//
// Transforms, costs and the width of edges are AVX2's in either set: so the same
// method is chosen, with the same bits.
func newConv2dSIMD[T Float](s simd.Set) func(Options) (Kernel[T], error) {
	costs := costsAVX2
	if _, single := any(T(0)).(float32); single {
		costs = costsAVX2Single
	}
	return func(o Options) (Kernel[T], error) {
		loop := inner[T]{
			sums: sumsSIMD[T](s), pairs: pairsSIMD, fetch: simd.Prefetch[T],
			swept: sweptSIMD[T](s), least: simd.Lanes[T](s), vector: simd.Lanes[T](simd.AVX2),
		}
		return newConv2dMethods(o, loop, costs, transformsAVX2())
	}
}

// sumsSIMD is a rowSums in assembly. Fewer outputs than a vector of the set holds
// it leaves to smaller vectors, and fewer than the smallest to sumsGo.
func sumsSIMD[T Float](s simd.Set) rowSums[T] {
	return func(out, rows [][]T, first, step int, filter Array[T]) {
		for s := s; s >= simd.AVX2; s-- {
			if len(out[0]) >= simd.Lanes[T](s) {
				simd.Conv2D(s, out, rows, first, step, filter.Data, filter.Cols)
				return
			}
		}
		sumsGo(out, rows, first, step, filter)
	}
}

// sweptSIMD is a pairsSums in assembly.
func sweptSIMD[T Float](s simd.Set) pairsSums[T] {
	return func(out [2][]T, n, below int, rows [][]T, first, step, down int, filter []T, pairs int) {
		simd.Sweep(s, out, n, below, rows, first, step, down, filter, pairs)
	}
}

func pairsSIMD(step int, filter Shape) bool { return simd.Pairs(step, filter.Rows, filter.Cols) }

// transformsAVX2 is the loops of Fourier transforms in assembly.
func transformsAVX2() fft.Loops {
	return fft.Loops{
		Forward4: simd.Forward4, Inverse4: simd.Inverse4, Forward2: simd.Forward2, Multiply: simd.Multiply,
		Read: simd.ReadColumns, Write: simd.WriteColumns,
	}
}

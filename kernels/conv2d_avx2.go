package kernels

import (
	"numcomp/kernels/avx2"
	"numcomp/kernels/fft"
)

// newConv2dAVX2 makes the version for x86-64 processors with AVX2: conv2dRows with
// assembly that sums vectors of outputs, in the reference's order and
// without fusing products and sums, which leaves the bits as they are. See package avx2.
func newConv2dAVX2[T Float](o Options) (Kernel[T], error) {
	costs := costsAVX2
	if _, single := any(T(0)).(float32); single {
		costs = costsAVX2Single
	}
	loop := inner[T]{sumsAVX2[T], pairsAVX2, avx2.Prefetch[T], avx2.Lanes[T]()}
	return newConv2dMethods(o, loop, costs, transformsAVX2())
}

// sumsAVX2 is a rowSums in assembly; fewer outputs than a vector holds it leaves
// to sumsGo.
func sumsAVX2[T Float](out, rows [][]T, first, step int, filter Array[T]) {
	if len(out[0]) < avx2.Lanes[T]() {
		sumsGo(out, rows, first, step, filter)
		return
	}
	avx2.Conv2D(out, rows, first, step, filter.Data, filter.Cols)
}

func pairsAVX2(step int, filter Shape) bool { return avx2.Pairs(step, filter.Rows, filter.Cols) }

// transformsAVX2 is the loops of Fourier transforms in assembly.
func transformsAVX2() fft.Loops {
	return fft.Loops{
		Forward4: avx2.Forward4, Inverse4: avx2.Inverse4, Forward2: avx2.Forward2, Multiply: avx2.Multiply,
		Read: avx2.ReadColumns, Write: avx2.WriteColumns,
	}
}

package kernels_test

import (
	"fmt"
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// BenchmarkMethods measures the methods of a 1000x1000 convolution around the sizes of
// filters at which the model of costs changes its mind (conv2d_costs.go): its
// constants come from here, and "auto" shows what it takes. Filters are of rank 1.
func BenchmarkMethods(b *testing.B) {
	for _, stride := range []int{1, 5} {
		for _, side := range []int{3, 5, 7, 9, 11, 15, 21, 31, 63, 127} {
			benchmarkMethods[float64](b, "float64", side, stride)
		}
	}
	for _, side := range []int{5, 9, 15, 31} {
		benchmarkMethods[float32](b, "float32", side, 1)
	}
}

func benchmarkMethods[T kernels.Float](b *testing.B, dtype string, side, stride int) {
	e, _ := kernels.Lookup("conv2d")
	array, params := separable[T](kerneltest.Case{
		Array: kernels.Shape{Rows: 1000, Cols: 1000}, Params: kernels.Shape{Rows: side, Cols: side},
	})
	for v := kernels.Best("conv2d"); v >= 1; v-- {
		for _, m := range []kernels.Method{kernels.MethodDirect, kernels.MethodSeparable, kernels.MethodFFT, kernels.MethodAuto} {
			b.Run(fmt.Sprintf("%s/%dx%d/stride-%d/%s/%v", e.Variants[v], side, side, stride, dtype, m), func(b *testing.B) {
				apply(b, "conv2d", v, kernels.Options{Stride: stride, Method: m}, array, params)
			})
		}
	}
}

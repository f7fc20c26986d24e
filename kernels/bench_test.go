package kernels_test

import (
	"fmt"
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
	"numcomp/kernels/simd"
)

// BenchmarkConv2d is the 4x4, stride 5 convolution of the main job at several
// sizes: what is kept, and all of it as scipy computes; then other filters and
// a stride of 1. MB/s counts the image once. Side by side with scipy:
// bench/kernel.sh.
func BenchmarkConv2d(b *testing.B) {
	for _, all := range []bool{false, true} {
		for _, side := range []int{32, 256, 1000, 3000} {
			name := "kept"
			if all {
				name = "all"
			}
			o := kernels.Options{Stride: 5, ComputeAll: all}
			benchmark[float64](b, fmt.Sprintf("%s/%dx%d", name, side, side), side, 4, 4, o)
		}
	}
	benchmark[float32](b, "kept-float32/1000x1000", 1000, 4, 4, kernels.Options{Stride: 5})
	for _, f := range []kernels.Shape{{Rows: 3, Cols: 3}, {Rows: 4, Cols: 4}, {Rows: 7, Cols: 9}, {Rows: 31, Cols: 31}} {
		benchmark[float64](b, fmt.Sprintf("dense-%v/1000x1000", f), 1000, f.Rows, f.Cols, kernels.Options{Stride: 1})
	}
	benchmark[float64](b, "kept-7x9/1000x1000", 1000, 7, 9, kernels.Options{Stride: 5})
	benchmark[float64](b, "wrap/1000x1000", 1000, 4, 4, kernels.Options{Stride: 5, Boundary: kernels.BoundaryWrap})
}

func benchmark[T kernels.Float](b *testing.B, name string, side, frows, fcols int, o kernels.Options) {
	e, _ := kernels.Lookup("conv2d")
	for v := kernels.Best("conv2d"); v >= 0; v-- {
		b.Run(name+"/"+e.Variants[v], func(b *testing.B) {
			array, params := kerneltest.Inputs[T](kerneltest.Case{
				Array: kernels.Shape{Rows: side, Cols: side}, Params: kernels.Shape{Rows: frows, Cols: fcols},
			})
			apply[T](b, "conv2d", v, o, array, params)
		})
	}
}

// BenchmarkExp is the exponential of every element.
func BenchmarkExp(b *testing.B) {
	e, _ := kernels.Lookup("exp")
	array, none := kerneltest.Inputs[float64](kerneltest.Case{Array: kernels.Shape{Rows: 1000, Cols: 1000}})
	for v := kernels.Best("exp"); v >= 0; v-- {
		b.Run("1000x1000/"+e.Variants[v], func(b *testing.B) {
			apply(b, "exp", v, kernels.Options{}, array, none)
		})
	}
}

// BenchmarkRead reads, once, the rows of an image that the 4x4, stride 5
// convolution of BenchmarkConv2d needs: the bandwidth that it cannot exceed.
// MB/s counts these rows.
func BenchmarkRead(b *testing.B) {
	if !simd.AVX2.Available() {
		b.Skip("the fastest way to read is in AVX2")
	}
	for _, side := range []int{32, 256, 1000, 3000} {
		b.Run(fmt.Sprintf("%dx%d", side, side), func(b *testing.B) {
			image, _ := kerneltest.Inputs[float64](kerneltest.Case{Array: kernels.Shape{Rows: side, Cols: side}})
			rows := 0
			for m := 0; m < side+3; m += 5 {
				rows += min(m+1, side) - max(m-3, 0)
			}
			b.SetBytes(int64(8 * rows * side))
			for b.Loop() {
				for m := 0; m < side+3; m += 5 {
					simd.Read(image.Data[max(m-3, 0)*side : min(m+1, side)*side])
				}
			}
		})
	}
}

func apply[T kernels.Float](b *testing.B, name string, variant int, o kernels.Options, array, params kernels.Array[T]) {
	k, err := kernels.New[T](name, variant, o)
	if err != nil {
		b.Fatal(err)
	}
	shape, err := k.Result(array.Shape(), params.Shape())
	if err != nil {
		b.Fatal(err)
	}
	dst := kernels.Array[T]{Rows: shape.Rows, Cols: shape.Cols, Data: make([]T, shape.Rows*shape.Cols)}
	var x T
	b.SetBytes(int64(len(array.Data)) * sizeof(x))
	b.ReportAllocs()
	for b.Loop() {
		k.Apply(dst, array, params)
	}
}

func sizeof(x any) int64 {
	if _, single := x.(float32); single {
		return 4
	}
	return 8
}

package kernels

import (
	"fmt"
	"math"

	"numcomp/kernels/simd"
)

// expTolerance is how far the fast versions may be from math.Exp, in ULPs: each
// of the two is less than one from the exact value.
const expTolerance = 2

func expRow() row {
	return row{
		Entry: Entry{
			Name:    "exp",
			Summary: "the exponential of every element of the array; no parameters",
		},
		variants: []variant{
			{name: "reference", f32: newExp(expReference[float32]), f64: newExp(expReference[float64])},
			{name: "go", tolerance: expTolerance, f32: newExp(expGo[float32]), f64: newExp(expGo[float64])},
			{name: "avx2", tolerance: expTolerance, runs: simd.AVX2.Available, f32: newExp(expSIMD[float32](simd.AVX2)), f64: newExp(expSIMD[float64](simd.AVX2))},
			{name: "avx512", tolerance: expTolerance, runs: simd.AVX512.Available, f32: newExp(expSIMD[float32](simd.AVX512)), f64: newExp(expSIMD[float64](simd.AVX512))},
		},
	}
}

// exp is the exponential of every element; float32 goes through float64 and is
// rounded once. Its variants differ in the function.
type exp[T Float] struct{ apply func(dst, src []T) }

func newExp[T Float](apply func(dst, src []T)) func(Options) (Kernel[T], error) {
	return func(Options) (Kernel[T], error) { return exp[T]{apply}, nil }
}

// Result is the array's own shape.
func (exp[T]) Result(array, _ Shape) (Shape, error) {
	if _, err := Size[T](array); err != nil {
		return Shape{}, fmt.Errorf("kernels: exp of a %v array: %w", array, err)
	}
	return array, nil
}

// Apply computes exp(x) of every element x of array.
func (e exp[T]) Apply(dst, array, _ Array[T]) {
	array.check(badArray)
	dst.check(badDst)
	if dst.Shape() != array.Shape() {
		panic(badDst)
	}
	e.apply(dst.Data, array.Data)
}

// expReference is math.Exp, whose last bit is that of the processor's
// architecture.
func expReference[T Float](dst, src []T) {
	for i, x := range src {
		dst[i] = T(math.Exp(float64(x)))
	}
}

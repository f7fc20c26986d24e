package kernels

import (
	"fmt"
	"math"
)

func expRow() row {
	return row{
		Entry: Entry{
			Name:    "exp",
			Summary: "the exponential of every element of the array; no parameters",
		},
		variants: []variant{{name: "reference", f32: newExp[float32], f64: newExp[float64]}},
	}
}

// exp is math.Exp of every element; float32 goes through float64 and is rounded
// once. math.Exp's own bits are those of the processor's architecture.
type exp[T Float] struct{}

func newExp[T Float](Options) (Kernel[T], error) { return exp[T]{}, nil }

// Result is the array's own shape.
func (exp[T]) Result(array, _ Shape) (Shape, error) {
	if _, err := Size[T](array); err != nil {
		return Shape{}, fmt.Errorf("kernels: exp of a %v array: %w", array, err)
	}
	return array, nil
}

// Apply computes exp(x) of every element x of array.
func (exp[T]) Apply(dst, array, _ Array[T]) {
	array.check(badArray)
	dst.check(badDst)
	if dst.Shape() != array.Shape() {
		panic(badDst)
	}
	for i, x := range array.Data {
		dst.Data[i] = T(math.Exp(float64(x)))
	}
}

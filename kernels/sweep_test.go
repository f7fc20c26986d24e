package kernels_test

import (
	"fmt"
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// TestSweeps holds images of several pairs of rows of outputs, at the steps that are
// computed so, to the reference, bit for bit.
func TestSweeps(t *testing.T) {
	for v, name := range mustLookup(t).Variants[1:] {
		t.Run(name, func(t *testing.T) {
			if !kernels.Runs("conv2d", v+1) {
				t.Skip("this machine cannot run it")
			}
			for _, shape := range []kernels.Shape{{Rows: 50, Cols: 49}, {Rows: 97, Cols: 151}, {Rows: 200, Cols: 2000}} {
				for _, mode := range []kernels.Mode{kernels.Full, kernels.Same, kernels.Valid} {
					for step := 2; step <= 8; step++ {
						o := kernels.Options{Mode: mode, Stride: step}
						testSweeps[float64](t, v+1, shape, o)
						testSweeps[float32](t, v+1, shape, o)
					}
				}
			}
		})
	}
}

func mustLookup(t *testing.T) kernels.Entry {
	e, ok := kernels.Lookup("conv2d")
	if !ok {
		t.Fatal("there is no conv2d")
	}
	return e
}

func testSweeps[T kernels.Float](t *testing.T, variant int, shape kernels.Shape, o kernels.Options) {
	t.Helper()
	array, params := kerneltest.Inputs[T](kerneltest.Case{Array: shape, Params: kernels.Shape{Rows: 4, Cols: 4}})
	var results [2]kernels.Array[T]
	for i, v := range [2]int{0, variant} {
		k, err := kernels.New[T]("conv2d", v, o)
		if err != nil {
			t.Fatal(err)
		}
		r, err := k.Result(array.Shape(), params.Shape())
		if err != nil {
			t.Fatal(err)
		}
		results[i] = kernels.Array[T]{Rows: r.Rows, Cols: r.Cols, Data: make([]T, r.Rows*r.Cols)}
		k.Apply(results[i], array, params)
	}
	for i, want := range results[0].Data {
		if got := results[1].Data[i]; got != want {
			at := fmt.Sprintf("output %d, %d", i/results[0].Cols, i%results[0].Cols)
			t.Fatalf("%T, %v, %v, stride %d: %s is %v, want %v", want, shape, o.Mode, o.Stride, at, got, want)
		}
	}
}

package kernels_test

import (
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// TestSweeps holds images of several pairs of rows of outputs, and of several sweeps, at
// the steps that are computed so, to the reference.
func TestSweeps(t *testing.T) {
	e, _ := kernels.Lookup("conv2d")
	for v, name := range e.Variants {
		t.Run(name, func(t *testing.T) {
			if !kernels.Runs(e.Name, v) {
				t.Skip("this machine cannot run it")
			}
			for _, array := range []kernels.Shape{{Rows: 50, Cols: 49}, {Rows: 97, Cols: 151}, {Rows: 200, Cols: 2000}} {
				for _, mode := range []kernels.Mode{kernels.Full, kernels.Same, kernels.Valid} {
					for step := 2; step <= 8; step++ {
						c := kerneltest.Case{
							Array: array, Params: kernels.Shape{Rows: 4, Cols: 4},
							Options: kernels.Options{Mode: mode, Stride: step},
						}
						kerneltest.Compare[float64](t, e.Name, v, c)
						kerneltest.Compare[float32](t, e.Name, v, c)
					}
				}
			}
		})
	}
}

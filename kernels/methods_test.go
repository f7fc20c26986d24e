package kernels_test

import (
	"math"
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// ofRankOne makes every row of a filter a multiple of the first.
func ofRankOne[T kernels.Float](filter kernels.Array[T]) {
	n := filter.Cols
	for j := 1; j < filter.Rows; j++ {
		factor := filter.Data[j*n]
		for k := range n {
			filter.Data[j*n+k] = factor * filter.Data[k]
		}
	}
}

// separable is the inputs of a case, with a filter of rank 1.
func separable[T kernels.Float](c kerneltest.Case) (array, params kernels.Array[T]) {
	array, params = kerneltest.Inputs[T](c)
	ofRankOne(params)
	return array, params
}

// TestMethods holds the methods that change bits to their tolerance: on every case
// of the suite, with filters of rank 1 and of full rank, and on larger ones.
func TestMethods(t *testing.T) {
	e, _ := kernels.Lookup("conv2d")
	for v := 1; v <= kernels.Best("conv2d"); v++ {
		t.Run(e.Variants[v], func(t *testing.T) {
			t.Run("float64", func(t *testing.T) { testMethods[float64](t, v, e) })
			t.Run("float32", func(t *testing.T) { testMethods[float32](t, v, e) })
		})
	}
}

func testMethods[T kernels.Float](t *testing.T, v int, e kernels.Entry) {
	large := []kerneltest.Case{}
	for _, s := range []int{1, 3} {
		for b := range 3 {
			large = append(large,
				methodCase(30, 70, 20, 17, b, b, s), methodCase(60, 30, 12, 40, (b+1)%3, b, s),
				methodCase(5, 500, 5, 70, (b+2)%3, b, s), methodCase(12, 12, 20, 25, b, b, s))
		}
	}
	large = append(large, methodCase(1, 600, 2, 800, 0, 1, 3)) // several pieces of the filter
	n := 0
	check := func(c kerneltest.Case) {
		for _, method := range []kernels.Method{kernels.MethodSeparable, kernels.MethodFFT, kernels.MethodAuto} {
			if n++; method == kernels.MethodAuto && n%9 != 0 {
				continue
			}
			c.Options.Method = method
			array, params := separable[T](c)
			if method != kernels.MethodSeparable && n%2 == 0 {
				array, params = kerneltest.Inputs[T](c)
			}
			kerneltest.CompareInputs(t, "conv2d", v, c, array, params)
		}
	}
	i := 0
	for c := range kerneltest.Cases(e) {
		if i++; i%41 == 0 {
			check(c)
		}
	}
	for _, c := range large {
		check(c)
	}
	if n < 200 {
		t.Errorf("only %d cases", n)
	}
}

func methodCase(rows, cols, frows, fcols, mode, boundary, stride int) kerneltest.Case {
	return kerneltest.Case{
		Array: kernels.Shape{Rows: rows, Cols: cols}, Params: kernels.Shape{Rows: frows, Cols: fcols},
		Options: kernels.Options{Mode: kernels.Mode(mode), Boundary: kernels.Boundary(boundary), FillValue: 0.75, Stride: stride},
	}
}

// TestMethodsDirectly: what is not finite, or very large, is convolved directly, to the bit.
func TestMethodsDirectly(t *testing.T) {
	c := methodCase(50, 60, 9, 8, 0, 0, 1)
	for v := 1; v <= kernels.Best("conv2d"); v++ {
		for _, x := range []float64{math.NaN(), math.Inf(1), math.MaxFloat64} {
			for _, method := range []kernels.Method{kernels.MethodSeparable, kernels.MethodFFT} {
				array, params := separable[float64](c)
				array.Data[1000] = x
				direct := convolve(t, v, c.Options, array, params)
				o := c.Options
				o.Method = method
				for i, y := range convolve(t, v, o, array, params) {
					if math.Float64bits(y) != math.Float64bits(direct[i]) {
						t.Fatalf("variant %d, %v, with an element of %v: element %d is %v, want %v", v, method, x, i, y, direct[i])
					}
				}
			}
		}
	}
}

// TestMethodsAccuracy: rounding at random keeps far below the bounds; and the methods are
// at work, for their bits are others.
func TestMethodsAccuracy(t *testing.T) {
	c := methodCase(120, 130, 33, 29, 0, 1, 1)
	array, params := separable[float64](c)
	magnitude, err := kerneltest.Magnitudes("conv2d", c.Options, array, params)
	if err != nil {
		t.Fatal(err)
	}
	direct := convolve(t, 0, c.Options, array, params)
	var fft []float64
	for v := 1; v <= kernels.Best("conv2d"); v++ {
		for method, bound := range map[kernels.Method]float64{kernels.MethodSeparable: 16, kernels.MethodFFT: 16} {
			o := c.Options
			o.Method = method
			worst, same := 0.0, 0
			got := convolve(t, v, o, array, params)
			for i, y := range got {
				worst = max(worst, kerneltest.ULPs(y, direct[i], magnitude.Data[i]))
				if y == direct[i] {
					same++
				}
			}
			t.Logf("variant %d, %v: at most %.3g ULPs", v, method, worst)
			if worst > bound {
				t.Errorf("variant %d, %v: %.3g ULPs of the sum of magnitudes from the reference, want at most %v", v, method, worst, bound)
			}
			if same > len(got)/2 {
				t.Errorf("variant %d, %v: %d of %d elements are the direct method's", v, method, same, len(got))
			}
			if method != kernels.MethodFFT {
				continue
			}
			for i := range fft {
				if fft[i] != got[i] {
					t.Fatalf("element %d of variant %d is %v, and %v of another", i, v, got[i], fft[i])
				}
			}
			fft = got
		}
	}
}

func convolve(t *testing.T, variant int, o kernels.Options, array, params kernels.Array[float64]) []float64 {
	t.Helper()
	k, err := kernels.New[float64]("conv2d", variant, o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.Result(array.Shape(), params.Shape())
	if err != nil {
		t.Fatal(err)
	}
	dst := kernels.Array[float64]{Rows: s.Rows, Cols: s.Cols, Data: make([]float64, s.Rows*s.Cols)}
	k.Apply(dst, array, params)
	return dst.Data
}

package kernels

import (
	"math/rand/v2"
	"testing"
)

// TestCosts names what the model of costs takes where BenchmarkMethods shows one
// method well ahead.
func TestCosts(t *testing.T) {
	for _, c := range []struct {
		what             string
		costs            costs
		side, taps, step int
		rankOne          bool
		want             Method
	}{
		{"the default", costsAVX2, 1000, 4, 5, true, MethodDirect},
		{"3x3", costsAVX2, 1000, 3, 1, true, MethodDirect},
		{"9x9", costsAVX2, 1000, 9, 1, true, MethodSeparable},
		{"9x9 of full rank", costsAVX2, 1000, 9, 1, false, MethodDirect},
		{"15x15 of full rank", costsAVX2, 1000, 15, 1, false, MethodFFT},
		{"63x63", costsAVX2, 1000, 63, 1, true, MethodSeparable},
		{"127x127", costsAVX2, 1000, 127, 1, true, MethodFFT},
		{"9x9 strided", costsAVX2, 1000, 9, 5, true, MethodDirect},
		{"31x31 strided", costsAVX2, 1000, 31, 5, true, MethodSeparable},
		{"31x31 of full rank, strided", costsAVX2, 1000, 31, 5, false, MethodDirect},
		{"127x127 of full rank, strided", costsAVX2, 1000, 127, 5, false, MethodFFT},
		{"portable, 5x5", costsGo, 1000, 5, 1, true, MethodSeparable},
		{"portable, 31x31", costsGo, 1000, 31, 1, false, MethodFFT},
		{"float32, 9x9", costsAVX2Single, 1000, 9, 1, true, MethodSeparable},
		{"float32, 31x31", costsAVX2Single, 1000, 31, 1, false, MethodFFT},
		{"a small image", costsAVX2, 32, 5, 1, false, MethodDirect},
	} {
		k := conv2dMethods[float64]{method: MethodAuto, costs: c.costs}
		k.stride = c.step
		a := newAxis(Full, c.side, c.taps)
		if got := k.choose(a, a, c.rankOne); got != c.want {
			r, _, transforms := k.costs.fft(a, a)
			t.Errorf("%s: %v, want %v: direct %.3g, separable %.3g, fft of %+v %.3g", c.what, got, c.want,
				k.costs.direct(a, a, c.step), k.costs.separable(a, a, c.step), r, transforms)
		}
	}
}

// TestCuts covers every axis, with memory that is bounded.
func TestCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		rows, cols := newAxis(Full, 1+r.IntN(5000), 1+r.IntN(3000)), newAxis(Same, 1+r.IntN(300), 1+r.IntN(300))
		a, b, _ := costsAVX2.fft(rows, cols)
		for i, f := range []fftAxis{a, b} {
			x := []axis{rows, cols}[i]
			if f.n > mostTransform || f.taps+f.tile-1 > f.n || f.taps < 1 || f.tile < 1 {
				t.Fatalf("%+v is cut as %+v", x, f)
			}
			if f.pieces*f.taps < x.taps || (f.pieces-1)*f.taps >= x.taps || f.tiles*f.tile < x.outputs || (f.tiles-1)*f.tile >= x.outputs {
				t.Fatalf("%+v is not covered by %+v", x, f)
			}
		}
	}
}

// TestFactors splits products, and nothing else.
func TestFactors(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		f := Array[float64]{Rows: 2 + r.IntN(9), Cols: 2 + r.IntN(9)}
		f.Data = make([]float64, f.Rows*f.Cols)
		u, v := make([]float64, f.Rows), make([]float64, f.Cols)
		for i := range u {
			u[i] = r.NormFloat64()
		}
		for i := range v {
			v[i] = float64(r.IntN(3)) * r.NormFloat64() // zeros too
		}
		v[0], v[1] = 1, 2
		for i := range f.Data {
			f.Data[i] = u[i/f.Cols] * v[i%f.Cols]
		}
		if _, _, ok := factors(f); !ok {
			t.Fatalf("%v is not split", f)
		}
		f.Data[r.IntN(len(f.Data))] += 1e-9
		if _, _, ok := factors(f); ok {
			t.Fatalf("%v is split", f)
		}
	}
	if _, _, ok := factors(Array[float64]{Rows: 2, Cols: 2, Data: make([]float64, 4)}); ok {
		t.Error("zeros are split: 0/0")
	}
}

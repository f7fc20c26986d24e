package simd_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"numcomp/kernels/fft"
	"numcomp/kernels/simd"
)

// TestTransforms compares the loops with the portable ones, bit for bit.
func TestTransforms(t *testing.T) {
	if !simd.AVX2.Available() {
		t.Skip("this processor has no AVX2")
	}
	portable := fft.Portable()
	r := rand.New(rand.NewPCG(3, 4))
	random := func(n int) []float64 {
		p := make([]float64, n)
		for i := range p {
			p[i] = r.NormFloat64()
		}
		return p
	}
	same := func(what string, got, want []float64) {
		t.Helper()
		for i := range want {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Fatalf("%s: number %d is %v, want %v", what, i, got[i], want[i])
			}
		}
	}
	for n := 4; n <= 256; n *= 2 {
		panel, by := random(2*n*fft.Columns), random(2*n*fft.Columns)
		both := func(what string, f, g func([]float64)) {
			got, want := append([]float64(nil), panel...), append([]float64(nil), panel...)
			f(got)
			g(want)
			same(what, got, want)
		}
		for block := 4; block <= n; block *= 2 {
			twiddle := random(6 * block / 4)
			both("Forward4", func(p []float64) { simd.Forward4(p, block, twiddle) }, func(p []float64) { portable.Forward4(p, block, twiddle) })
			both("Inverse4", func(p []float64) { simd.Inverse4(p, block, twiddle) }, func(p []float64) { portable.Inverse4(p, block, twiddle) })
		}
		both("Forward2", simd.Forward2, portable.Forward2)
		both("Multiply", func(p []float64) { simd.Multiply(p, by) }, func(p []float64) { portable.Multiply(p, by) })
		part, stride := n*fft.Columns, n+5
		columns := random(7*stride + n)
		both("ReadColumns", func(p []float64) { simd.ReadColumns(p[:part], columns, stride) }, func(p []float64) { portable.Read(p[:part], columns, stride) })
		got, want := append([]float64(nil), columns...), append([]float64(nil), columns...)
		simd.WriteColumns(got, panel[:part], stride)
		portable.Write(want, panel[:part], stride)
		same("WriteColumns", got, want)
	}
}

func TestTransformsMisuse(t *testing.T) {
	panel := make([]float64, 2*8*fft.Columns)
	for what, f := range map[string]func(){
		"odd panel":     func() { simd.Forward2(panel[:len(panel)-1]) },
		"few rows":      func() { simd.Forward2(panel[:2*2*fft.Columns]) },
		"odd block":     func() { simd.Forward4(panel, 6, panel) },
		"large block":   func() { simd.Inverse4(panel, 16, panel) },
		"few twiddles":  func() { simd.Forward4(panel, 8, panel[:11]) },
		"another panel": func() { simd.Multiply(panel, panel[:64]) },
		"few columns":   func() { simd.ReadColumns(panel[:64], panel[:7*8+7], 8) },
		"a huge stride": func() { simd.WriteColumns(panel, panel[:64], math.MaxInt) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			f()
		}()
	}
}

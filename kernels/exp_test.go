package kernels_test

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// expInputs are elements over the whole range, many close to where something
// changes: 0, the halves between powers of two, overflow, underflow.
func expInputs(n int) []float64 {
	r := rand.New(rand.NewPCG(1, 1))
	in := []float64{
		0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64,
		math.SmallestNonzeroFloat64, 709.782712893384, 709.7827128933841, -708.3964185322641, -745.1332191019411, -745.1332191019412, -745.2, 710, 711, -746, -747,
	}
	for len(in) < n {
		half := (float64(r.IntN(2099)-1075) + 0.5) * math.Ln2
		in = append(in, 1500*r.Float64()-750, 2*r.Float64()-1, half+1e-13*r.NormFloat64(), math.Ldexp(r.NormFloat64(), -r.IntN(60)))
	}
	return in
}

// applyTo is a kernel without parameters of one row of elements.
func applyTo[T kernels.Float](t testing.TB, name string, variant int, in []T) []T {
	t.Helper()
	k, err := kernels.New[T](name, variant, kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]T, len(in))
	k.Apply(kernels.Array[T]{Rows: 1, Cols: len(out), Data: out}, kernels.Array[T]{Rows: 1, Cols: len(in), Data: in}, kernels.Array[T]{})
	return out
}

// TestExpULP holds the fast exponentials to less than one ULP from the exact
// value, taken from a series of 200 bits.
func TestExpULP(t *testing.T) {
	in := expInputs(4000)
	for v := 1; v <= kernels.Best("exp"); v++ {
		worst, at := 0.0, 0.0
		for i, y := range applyTo(t, "exp", v, in) {
			x := in[i]
			if math.IsNaN(x) || x > 709.7827128933841 || x < -745.1332191019411 {
				if want := math.Exp(x); y != want && !math.IsNaN(want) || math.IsNaN(want) != math.IsNaN(y) {
					t.Errorf("variant %d: exp(%v) is %v, want %v", v, x, y, want)
				}
				continue
			}
			exact := bigExp(x)
			near, _ := exact.Float64()
			ulp := math.Nextafter(near, math.Inf(1)) - near
			d, _ := new(big.Float).Sub(new(big.Float).SetFloat64(y), exact).Float64()
			if d = math.Abs(d) / ulp; d > worst {
				worst, at = d, x
			}
		}
		t.Logf("variant %d: at most %.3f ULP, at %v", v, worst, at)
		if worst >= 1 {
			t.Errorf("variant %d: exp(%v) is %.3f ULP from the exact value", v, at, worst)
		}
	}
}

// bigExp is exp(x) with some 190 bits: the series of x/2^12, squared 12 times.
func bigExp(x float64) *big.Float {
	newFloat := func(x float64) *big.Float { return new(big.Float).SetPrec(256).SetFloat64(x) }
	r := newFloat(x)
	r.SetMantExp(r, -12)
	sum, term := newFloat(1), newFloat(1)
	for i := 1.0; i < 60; i++ {
		term.Mul(term, r)
		term.Quo(term, newFloat(i))
		sum.Add(sum, term)
	}
	for range 12 {
		sum.Mul(sum, sum)
	}
	return sum
}

// TestExpBits compares the fast exponentials with one another, bit for bit,
// wherever an element stands.
func TestExpBits(t *testing.T) {
	in := expInputs(20_003)
	single := make([]float32, len(in))
	for i, x := range in {
		single[i] = float32(x)
	}
	double, narrow := applyTo(t, "exp", 1, in), applyTo(t, "exp", 1, single)
	for v := 2; v <= kernels.Best("exp"); v++ {
		for from := range 9 {
			for i, y := range applyTo(t, "exp", v, in[from:]) {
				if want := double[from+i]; math.Float64bits(y) != math.Float64bits(want) && !(math.IsNaN(y) && math.IsNaN(want)) {
					t.Fatalf("variant %d: exp(%v) is %v, and %v by the portable version", v, in[from+i], y, want)
				}
			}
			for i, y := range applyTo(t, "exp", v, single[from:]) {
				if want := narrow[from+i]; math.Float32bits(y) != math.Float32bits(want) && (y == y || want == want) {
					t.Fatalf("variant %d: exp of float32 %v is %v, and %v by the portable version", v, single[from+i], y, want)
				}
			}
		}
	}
}

// FuzzExp compares every variant with the reference, on any bits.
func FuzzExp(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\xf0\x7f12345678"))
	f.Add(make([]byte, 80))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := len(data) / 8
		if n == 0 {
			return
		}
		c := kerneltest.Case{Array: kernels.Shape{Rows: 1, Cols: n}}
		array := kernels.Array[float64]{Rows: 1, Cols: n, Data: make([]float64, n)}
		for i := range array.Data {
			array.Data[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
		for v := 1; v <= kernels.Best("exp"); v++ {
			kerneltest.CompareInputs(t, "exp", v, c, array, kernels.Array[float64]{})
		}
	})
}

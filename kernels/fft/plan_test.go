package fft

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

// random is a panel of numbers around 0.
func random(n int) []float64 {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	panel := make([]float64, 2*n*Columns)
	for i := range panel {
		panel[i] = 2*r.Float64() - 1
	}
	return panel
}

// column is one column of a panel.
func column(panel []float64, c int) []complex128 {
	re, im := parts(panel)
	x := make([]complex128, len(re)/Columns)
	for i := range x {
		x[i] = complex(re[i*Columns+c], im[i*Columns+c])
	}
	return x
}

// distance is |a-b| over |b|, both in the Euclidean norm.
func distance(a, b []complex128) float64 {
	var d, n float64
	for i := range a {
		d += real(a[i]-b[i])*real(a[i]-b[i]) + imag(a[i]-b[i])*imag(a[i]-b[i])
		n += real(b[i])*real(b[i]) + imag(b[i])*imag(b[i])
	}
	return math.Sqrt(d / n)
}

// order is the frequency that Forward leaves in each row: a pure tone tells.
func order(p *Plan) []int {
	rows := make([]int, p.n)
	panel := make([]float64, 2*p.n*Columns)
	re, im := parts(panel)
	for f := 0; f < p.n; f += Columns {
		for i := range p.n {
			for c := range Columns {
				x := cmplx.Rect(1, 2*math.Pi*float64((f+c)*i%p.n)/float64(p.n))
				re[i*Columns+c], im[i*Columns+c] = real(x), imag(x)
			}
		}
		p.Forward(panel)
		for c := range Columns {
			for i := range p.n {
				if math.Abs(re[i*Columns+c]) > float64(p.n)/2 {
					rows[i] = f + c
				}
			}
		}
	}
	return rows
}

// accuracy is what a transform's error may be, in units of 2^-53 log2(n) of the
// norm: the bound of Higham's theorem 24.2 is some 7; rounding at random has less than 1.
const accuracy = 1

// TestForward compares with gonum's transform, in Forward's order.
func TestForward(t *testing.T) {
	for n := Least; n <= Most; n *= 2 {
		p := NewPlan(n, Portable())
		rows, panel := order(p), random(n)
		transformed := append([]float64(nil), panel...)
		p.Forward(transformed)
		for c := range Columns {
			want := fourier.NewCmplxFFT(n).Coefficients(nil, column(panel, c))
			got := make([]complex128, n)
			for i, x := range column(transformed, c) {
				got[rows[i]] = x
			}
			if d := distance(got, want); d > 2*accuracy*math.Log2(float64(n))*0x1p-53 {
				t.Errorf("length %d, column %d: %.3g from gonum's", n, c, d)
			}
		}
	}
}

// TestInverse is the identity, times n.
func TestInverse(t *testing.T) {
	for n := Least; n <= Most; n *= 2 {
		p, panel := NewPlan(n, Portable()), random(n)
		back := append([]float64(nil), panel...)
		p.Forward(back)
		p.Inverse(back)
		for i := range back {
			back[i] /= float64(n)
		}
		for c := range Columns {
			if d := distance(column(back, c), column(panel, c)); d > 2*accuracy*math.Log2(float64(n))*0x1p-53 {
				t.Errorf("length %d, column %d: %.3g from where it began", n, c, d)
			}
		}
	}
}

func TestReadWrite(t *testing.T) {
	const n, stride = 16, 19
	l := Portable()
	src, part := random(n), make([]float64, n*Columns)
	l.Read(part, src, stride)
	for c := range Columns {
		for i := range n {
			if part[i*Columns+c] != src[c*stride+i] {
				t.Fatalf("column %d, row %d is %v", c, i, part[i*Columns+c])
			}
		}
	}
	dst := make([]float64, len(src))
	l.Write(dst, part, stride)
	for c := range Columns {
		for i := range stride {
			if want := src[c*stride+i]; i < n && dst[c*stride+i] != want {
				t.Fatalf("column %d, row %d is written back as %v, want %v", c, i, dst[c*stride+i], want)
			} else if i >= n && dst[c*stride+i] != 0 {
				t.Fatalf("written behind column %d", c)
			}
		}
	}
}

func TestLengths(t *testing.T) {
	for _, n := range []int{-16, 0, 1, 8, 24, 2 * Most} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("length %d is planned", n)
				}
			}()
			NewPlan(n, Portable())
		}()
	}
}

package kernels

import (
	"math"

	"numcomp/kernels/simd"
)

// expTable is what the fast exponentials compute with; see simd.ExpTable.
//
// The least and the most lie beyond where the result is 0 and infinite. ln(2) is
// fdlibm's pair (e_exp.c): the first part has so few bits that its product with
// a whole number up to 2^20 is exact. The coefficients are 1/13! to 1/2!, of the
// series: what it leaves out is less than 0.04 ULP for |r| <= ln(2)/2.
//
// It is never written.
var expTable = simd.ExpTable{
	-746, 710, math.Log2E, 3 << 51, 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1, math.Float64frombits(expBias),
	1. / 6227020800, 1. / 479001600, 1. / 39916800, 1. / 3628800, 1. / 362880, 1. / 40320,
	1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 1. / 2,
}

// expBias is that of a float64's exponent.
const expBias = 1023

// expGo is the portable fast exponential, the same on every architecture.
func expGo[T Float](dst, src []T) {
	for i, x := range src {
		dst[i] = T(expOf(float64(x)))
	}
}

// expSIMD is expGo in assembly, with the same bits; the end is smaller vectors', and
// expGo's.
func expSIMD[T Float](s simd.Set) func(dst, src []T) {
	return func(dst, src []T) {
		for s := s; s >= simd.AVX2; s-- {
			n := simd.Exp(s, dst, src, &expTable)
			dst, src = dst[n:], src[n:]
		}
		expGo(dst, src)
	}
}

// expOf is e to the x, less than 1 ULP from the exact value: with n = x/ln(2)
// rounded, and r = x - n ln(2) in two parts,
//
//	exp(x) = 2^n exp(r), and exp(r) = 1 + r + r^2 (1/2! + r/3! + ...)
//
// Adding 1.5*2^52 rounds to a whole number, which is then in the low bits. 2^n
// is multiplied in two halves, so that a result below the normal numbers is
// rounded once. Only products that are rounded before they are added: vectors
// do the same, and no FMA another thing.
func expOf(x float64) float64 {
	const least, most, log2e, magic, ln2hi, ln2lo, terms = 0, 1, 2, 3, 4, 5, 8
	c := &expTable
	if x != x {
		return x
	}
	x = max(min(x, c[most]), c[least])
	t := float64(x*c[log2e]) + c[magic]
	n := t - c[magic]
	hi := x - float64(n*c[ln2hi])
	lo := float64(n * c[ln2lo])
	r := hi - lo
	p := c[terms]
	for _, next := range c[terms+1:] {
		p = float64(p*r) + next
	}
	y := 1 + (hi + (float64(float64(r*r)*p) - lo))
	k := int32(uint32(math.Float64bits(t)))
	half := k >> 1
	return float64(y*powerOf2(half)) * powerOf2(k-half)
}

// powerOf2 is 2 to the k, for exponents of normal numbers.
func powerOf2(k int32) float64 { return math.Float64frombits(uint64(k+expBias) << 52) }

package simd

// ExpTable holds the constants of [Exp], in this order: the least and the most
// that elements are limited to; log2(e); 1.5*2^52; ln(2) in two parts; 1; the
// number whose bits are the exponent's bias; and the coefficients of the
// polynomial from the highest power on.
type ExpTable = [20]float64

// expCall is how many elements a call of an assembly function does at most.
const expCall = 1 << 16

// Exp sets elements of dst to the exponentials of src's and returns how many it
// did: all but less than two vectors of float64 at the end, which are the caller's. It
// panics if dst is shorter than src.
func Exp[T Float](s Set, dst, src []T, table *ExpTable) int {
	n := len(src) &^ (2*Lanes[float64](s) - 1)
	dst = dst[:len(src)]
	for i := 0; i < n; i += expCall {
		exp(s, &dst[i], &src[i], min(expCall, n-i), table)
	}
	return n
}

package kernels

import "math"

// Deviation is how far an element of a result may lie from the reference's: so
// many ULPs of the sum of the magnitudes that were added up for it (see
// kerneltest.Magnitudes), and an absolute amount more, which is not 0 for
// Fourier transforms only: their error is in proportion to everything under a
// tile. NaNs and infinities are where the reference has them.
//
// Without a method that gives up the reference's order it is the entry's
// Tolerance. It has no meaning where Result has none.
func Deviation[T Float](name string, variant int, o Options, array, params Array[T]) (ulps, absolute float64, err error) {
	k, err := New[T](name, variant, o)
	if err != nil {
		return 0, 0, err
	}
	if m, ok := k.(conv2dMethods[T]); ok {
		ulps, absolute = m.deviation(array, params)
		return ulps, absolute, nil
	}
	e, _ := Lookup(name)
	return e.Tolerance(variant), 0, nil
}

// transformError bounds the error of an element convolved by transforms of n
// numbers in all, in units of log2(n) 2^-53 |x| |h|, both Euclidean norms over a
// tile: 7 for each of the three transforms (Higham, Accuracy and Stability of
// Numerical Algorithms, 2nd ed., theorem 24.2).
const transformError = 21

// deviation is that of an application.
//
// In the reference, and in sums of another order, an element adds n terms: the error of each is
// at most n 2^-53 times the sum of the magnitudes (Higham, section 3.1), which is
// at most n ULPs of it.
func (c conv2dMethods[T]) deviation(array, params Array[T]) (ulps, absolute float64) {
	image, filter := array, params
	if c.swaps(array.Shape(), params.Shape()) {
		image, filter = filter, image
	}
	rows, cols := c.axes(array.Shape(), params.Shape())
	terms := float64(filter.Rows) * float64(filter.Cols)
	_, _, rankOne := factors(filter)
	switch c.choose(rows, cols, rankOne) {
	case MethodSeparable:
		if rankOne {
			return terms + float64(filter.Rows+filter.Cols) + rankTolerance + 2, 0
		}
	case MethodFFT:
		limit, ok := c.transformLimit(filter)
		x := 0.0
		if c.boundary == BoundaryFill {
			x = math.Abs(float64(c.fill))
		}
		for _, v := range image.Data {
			x = max(x, math.Abs(float64(v)))
		}
		if !ok || !(x <= float64(limit)) {
			return 0, 0 // direct
		}
		h := 0.0
		for _, w := range filter.Data {
			h = math.Hypot(h, float64(w))
		}
		r, k, _ := c.costs.fft(rows, cols)
		pieces, n := float64(r.pieces*k.pieces), float64(r.n*k.n)
		absolute = pieces * transformError * math.Log2(n) * 0x1p-53 * x * math.Sqrt(2*n) * h
		return terms + 2*pieces, absolute + 0x1p-900 // of products that underflow
	}
	return 0, 0
}

package kernels

import (
	"math"
	"sync"

	"numcomp/kernels/fft"
)

// conv2dMethods is conv2dRows with other ways to the same numbers, which give up
// its bits for speed: by the row and the column of a separable filter, and by
// Fourier transforms.
//
// Neither is a way for an element that is not finite or so large that a sum might
// overflow which does not in the reference, or the reverse: an array that has one, and so has what
// the filter or the fill value spoil, is convolved directly.
type conv2dMethods[T Float] struct {
	conv2dRows[T]
	method     Method
	costs      costs
	loops      fft.Loops
	separables *sync.Pool // of *separable[T]
	tilings    *sync.Pool // of *tiling[T]
}

func newConv2dMethods[T Float](o Options, loop inner[T], costs costs, loops fft.Loops) (Kernel[T], error) {
	direct, err := newConv2dRows(o, loop)
	if err != nil || o.Method == MethodDirect {
		return direct, err
	}
	return conv2dMethods[T]{
		direct, o.Method, costs, loops,
		&sync.Pool{New: func() any { return new(separable[T]) }}, &sync.Pool{New: func() any { return new(tiling[T]) }},
	}, nil
}

// Apply computes the convolution.
func (c conv2dMethods[T]) Apply(dst, array, params Array[T]) {
	image, filter, rows, cols := c.ordered(dst, array, params)
	column, row, rankOne := factors(filter)
	switch c.choose(rows, cols, rankOne) {
	case MethodSeparable:
		if rankOne && c.separate(dst, image, column, row, rows, cols, largest(filter)) {
			return
		}
	case MethodFFT:
		if c.transform(dst, image, filter, rows, cols) {
			return
		}
	}
	c.conv2dRows.Apply(dst, array, params)
}

// step is the distance of the outputs that are computed.
func (c conv2d[T]) step() int {
	if c.all {
		return 1
	}
	return c.stride
}

// largest is the largest magnitude of an element of the image with which no sum with the filter overflows,
// with room to spare; below 0, or not a number, if there is none.
func largest[T Float](filter Array[T]) float64 {
	sum := 0.0
	for _, w := range filter.Data {
		sum += math.Abs(float64(w))
	}
	most, limit := 0x1p1000, math.MaxFloat64
	if _, single := any(T(0)).(float32); single {
		most, limit = 0x1p120, math.MaxFloat32
	}
	if !(sum <= limit) {
		return -1
	}
	return min(limit, most/sum)
}

// within tells whether no element is larger in magnitude, nor NaN.
func within[T Float](p []T, limit T) bool {
	for _, x := range p {
		if !(x <= limit && x >= -limit) {
			return false
		}
	}
	return true
}

package kernels

import (
	"fmt"
	"math"

	"numcomp/kernels/simd"
)

func conv2dRow() row {
	return row{
		Entry: Entry{
			Name:    "conv2d",
			Summary: "2-D convolution of the array with a filter, every S-th row and column kept: scipy.signal.convolve2d(image, filter, ...)[::S, ::S]",
			Params:  true,
			Settings: []Setting{
				{"stride", "an integer from 1 on", "5", "keep every S-th row and column of the result, from the first on"},
				{"mode", "full, same or valid", "full", "how much of the convolution to keep; valid: the larger of image and filter is taken as the image"},
				{"boundary", "fill, wrap or symm", "fill", "what lies outside of the image: the fill value, its repetition, its mirror image"},
				{"fill-value", "a number", "0", "the value outside of the image under the boundary fill"},
				{"compute", "kept or all", "kept", "kept: compute only what is kept; all: compute every output, then drop, as scipy does"},
				{"method", "direct, auto, separable or fft", "direct", "direct: scipy's sums, to the bit; auto: whichever is the fastest by a model of costs, with rounding errors of its own"},
			},
		},
		variants: []variant{
			{name: "reference", f32: newConv2dReference[float32], f64: newConv2dReference[float64]},
			{name: "go", f32: newConv2dGo[float32], f64: newConv2dGo[float64]},
			{name: "avx2", runs: simd.AVX2.Available, f32: newConv2dSIMD[float32](simd.AVX2), f64: newConv2dSIMD[float64](simd.AVX2)},
			{name: "avx512", runs: simd.AVX512.Available, f32: newConv2dSIMD[float32](simd.AVX512), f64: newConv2dSIMD[float64](simd.AVX512)},
		},
	}
}

// conv2d is what the variants of the 2-D convolution share: its definition.
//
// With an image x, a filter h and what lies outside of x by the boundary,
//
//	full[m, n] = sum over j of (sum over k of h[j, k] * x[m-j, n-k])
//
// for m < x.Rows+h.Rows-1 and n < x.Cols+h.Cols-1. Mode Full keeps all of it.
// Same keeps x.Rows by x.Cols outputs from full[(h.Rows-1)/2, (h.Cols-1)/2] on,
// rounded down, also when the filter is the larger one. Valid keeps those that
// touch nothing outside of x, and takes the larger of the two as the image: one
// must be at least as large as the other in both dimensions, else Result is an
// error. Then every Stride-th row and column is kept.
//
// The terms of one output are added to 0 one by one, rows j ascending, columns k
// ascending within, in T: float32 is multiplied and added in float32. That is
// what scipy does (its C loop adds in the array's own type, in this order), and
// its results are equal bit for bit where its compiler did not fuse products and
// sums. Terms outside of the image count too: 0 times an infinite filter element
// is NaN.
//
// What scipy computes in integers, for arrays of integers, is not here: convert.
type conv2d[T Float] struct {
	mode     Mode
	boundary Boundary
	fill     T
	stride   int
	all      bool
}

func newConv2d[T Float](o Options) (conv2d[T], error) {
	switch {
	case o.Mode < 0 || int(o.Mode) >= len(modeNames):
		return conv2d[T]{}, fmt.Errorf("unknown mode %v", o.Mode)
	case o.Boundary < 0 || int(o.Boundary) >= len(boundaryNames):
		return conv2d[T]{}, fmt.Errorf("unknown boundary %v", o.Boundary)
	case o.Method < 0 || int(o.Method) >= len(methodNames):
		return conv2d[T]{}, fmt.Errorf("unknown method %v", o.Method)
	case o.Stride < 1:
		return conv2d[T]{}, fmt.Errorf("stride %d: must be at least 1", o.Stride)
	}
	return conv2d[T]{o.Mode, o.Boundary, T(o.FillValue), o.Stride, o.ComputeAll}, nil
}

// Result is the shape of what is kept.
func (c conv2d[T]) Result(array, params Shape) (Shape, error) {
	if _, err := Size[T](array); err != nil {
		return Shape{}, fmt.Errorf("kernels: conv2d of a %v array: %w", array, err)
	}
	if _, err := Size[T](params); err != nil {
		return Shape{}, fmt.Errorf("kernels: conv2d with a %v filter: %w", params, err)
	}
	if array.Rows > math.MaxInt-params.Rows || array.Cols > math.MaxInt-params.Cols {
		return Shape{}, fmt.Errorf("kernels: conv2d of a %v array with a %v filter: the extent of the result does not fit an int", array, params)
	}
	if c.mode == Valid && !covers(array, params) && !covers(params, array) {
		return Shape{}, fmt.Errorf("kernels: conv2d, mode valid: of the %v array and the %v filter one must be at least as large as the other in both dimensions", array, params)
	}
	r, k := c.axes(array, params)
	result := Shape{c.kept(r.outputs), c.kept(k.outputs)}
	if _, err := Size[T](result); err != nil {
		return Shape{}, fmt.Errorf("kernels: conv2d of a %v array with a %v filter: a result of %v: %w", array, params, result, err)
	}
	return result, nil
}

// covers tells whether a is at least as large as b in both dimensions.
func covers(a, b Shape) bool { return a.Rows >= b.Rows && a.Cols >= b.Cols }

// kept is how many of n outputs a stride keeps.
func (c conv2d[T]) kept(n int) int { return (n-1)/c.stride + 1 }

// axis is the convolution's geometry along one dimension: output m, before the
// stride, is the sum over its taps j of h[j] * x[m+shift-j].
type axis struct {
	extent  int // of the image
	taps    int // of the filter
	outputs int // before the stride
	shift   int
}

func newAxis(mode Mode, extent, taps int) axis {
	a := axis{extent: extent, taps: taps}
	switch mode {
	case Full:
		a.outputs, a.shift = extent+taps-1, 0
	case Same:
		a.outputs, a.shift = extent, (taps-1)/2
	case Valid:
		a.outputs, a.shift = extent-taps+1, taps-1
	}
	return a
}

// axes is the geometry of rows and columns, image and filter as by ordered.
func (c conv2d[T]) axes(array, params Shape) (rows, cols axis) {
	if c.swaps(array, params) {
		array, params = params, array
	}
	return newAxis(c.mode, array.Rows, params.Rows), newAxis(c.mode, array.Cols, params.Cols)
}

// swaps tells whether the filter plays the image: mode Valid, as scipy.
func (c conv2d[T]) swaps(array, params Shape) bool {
	return c.mode == Valid && !covers(array, params)
}

// ordered checks what Apply was given and returns which array is the image,
// which is the filter, and their geometry.
func (c conv2d[T]) ordered(dst, array, params Array[T]) (image, filter Array[T], rows, cols axis) {
	array.check(badArray)
	params.check(badParams)
	dst.check(badDst)
	if want, err := c.Result(array.Shape(), params.Shape()); err != nil || want != dst.Shape() {
		panic(badDst)
	}
	rows, cols = c.axes(array.Shape(), params.Shape())
	if c.swaps(array.Shape(), params.Shape()) {
		return params, array, rows, cols
	}
	return array, params, rows, cols
}

// outside is the source of what is not in the image but filled.
const outside = -1

// source is the index of an axis of n elements whose element lies at index i of
// the endless axis, or outside.
func source(b Boundary, i, n int) int {
	if 0 <= i && i < n {
		return i
	}
	switch b {
	case BoundaryWrap:
		return modulo(i, n)
	case BoundarySymm:
		// n + n does not overflow: an array's bytes fit an int.
		if i = modulo(i, n+n); i >= n {
			i = n + n - 1 - i
		}
		return i
	}
	return outside
}

// modulo is i modulo n, from 0 to n-1 also for a negative i.
func modulo(i, n int) int {
	if i %= n; i < 0 {
		i += n
	}
	return i
}

package kerneltest

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"numcomp/kernels"
)

// Case is one application of a kernel.
type Case struct {
	Array, Params kernels.Shape
	Options       kernels.Options
	// Special strews NaNs, infinities, zeros of both signs, the largest and the
	// smallest numbers over the inputs.
	Special bool
}

// String names a case, for messages.
func (c Case) String() string {
	o := c.Options
	s := fmt.Sprintf("%v with %v, %v, %v %v, stride %d", c.Array, c.Params, o.Mode, o.Boundary, o.FillValue, o.Stride)
	if o.Method != kernels.MethodDirect {
		s += ", method " + o.Method.String()
	}
	if o.ComputeAll {
		s += ", all computed"
	}
	if c.Special {
		s += ", special values"
	}
	return s
}

// arrays are the shapes of arrays: a single element, single rows and columns,
// squares around the unrolling of 4, rows around blocks of 256 outputs at
// strides 1 and 5, and several pairs of rows of outputs at most strides.
var arrays = shapes(
	1, 1, 1, 2, 2, 1, 1, 9, 9, 1, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 7, 8, 8,
	17, 16, 17, 61, 32, 32, 1, 255, 1, 256, 1, 257, 300, 1, 3, 261, 2, 517, 5, 1285, 50, 49, 61, 90,
)

// filters are the shapes of filters: the unrolled sizes, their remainders, long
// ones, and some that are larger than most of the arrays.
var filters = shapes(
	1, 1, 1, 4, 4, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 4, 5, 2, 2, 6, 7, 9, 1, 33, 34, 1, 19, 23,
)

// shapes takes rows and columns in turn.
func shapes(extents ...int) []kernels.Shape {
	var all []kernels.Shape
	for i := 0; i < len(extents); i += 2 {
		all = append(all, kernels.Shape{Rows: extents[i], Cols: extents[i+1]})
	}
	return all
}

// strides are those to test: 1, divisors and multiples of the filters' extents,
// the common 5, and one beyond most arrays.
var strides = []int{1, 2, 3, 4, 5, 7, 300}

// manyTerms is the number of terms from which a pair of shapes is not crossed
// with every stride, but every mode and boundary gets one stride in turn.
const manyTerms = 1500

// sweeps is a pair that is, all the same: several pairs of rows of outputs, with the filter
// for which a loop goes over all of them.
var sweeps = [2]kernels.Shape{{Rows: 50, Cols: 49}, {Rows: 4, Cols: 4}}

// tooManyTerms is the number from which a pair is left out, to bound the time:
// the larger filters over the longest rows.
const tooManyTerms = 200_000

// Cases are the cases that Run applies a kernel to. A kernel without parameters
// sees every shape of array once, with and without special values.
func Cases(e kernels.Entry) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		if !e.Params {
			for _, a := range arrays {
				for _, special := range []bool{false, true} {
					if !yield(Case{Array: a, Options: kernels.Options{Stride: 1}, Special: special}) {
						return
					}
				}
			}
			return
		}
		pair := 0
		for _, a := range arrays {
			for _, f := range filters {
				pair++
				if terms(a, f) > tooManyTerms {
					continue
				}
				for i, o := range options() {
					// The turns below are so shifted from pair to pair that every
					// option meets every choice.
					if turn := pair + i/len(strides); terms(a, f) > manyTerms && [2]kernels.Shape{a, f} != sweeps && strides[turn%len(strides)] != o.Stride {
						continue
					}
					o.ComputeAll = (pair/2+i+i/len(strides))%2 == 0
					if !yield(Case{a, f, o, (pair/2+i/len(strides))%3 == 0}) {
						return
					}
				}
			}
		}
	}
}

// terms is about how many products a full convolution takes.
func terms(a, f kernels.Shape) int {
	return (a.Rows + f.Rows) * (a.Cols + f.Cols) * f.Rows * f.Cols
}

// options is every mode, boundary and stride. BoundaryFill comes twice: with 0,
// and with a value that is not a float32.
func options() []kernels.Options {
	var all []kernels.Options
	for _, m := range []kernels.Mode{kernels.Full, kernels.Same, kernels.Valid} {
		for _, b := range []struct {
			kernels.Boundary
			fill float64
		}{{kernels.BoundaryFill, 0}, {kernels.BoundaryFill, -1.7}, {kernels.BoundaryWrap, 9}, {kernels.BoundarySymm, 9}} {
			for _, s := range strides {
				all = append(all, kernels.Options{Mode: m, Boundary: b.Boundary, FillValue: b.fill, Stride: s})
			}
		}
	}
	return all
}

// Inputs makes the array and the parameters of a case. They depend on the case
// alone. Their elements have full mantissas, so that a sum taken in another order
// differs.
func Inputs[T kernels.Float](c Case) (array, params kernels.Array[T]) {
	r := rand.New(rand.NewPCG(uint64(c.Array.Rows<<32+c.Array.Cols), uint64(c.Params.Rows<<32+c.Params.Cols)))
	array, params = newArray[T](c.Array), newArray[T](c.Params)
	for _, a := range []kernels.Array[T]{array, params} {
		for i := range a.Data {
			a.Data[i] = T(2*r.Float64() - 1)
			if c.Special && r.IntN(12) == 0 {
				a.Data[i] = special[T](r.IntN(9))
			}
		}
	}
	return array, params
}

func special[T kernels.Float](i int) T {
	largest, smallest := math.MaxFloat64, math.SmallestNonzeroFloat64
	if _, single := any(T(0)).(float32); single {
		largest, smallest = math.MaxFloat32, math.SmallestNonzeroFloat32
	}
	return T([]float64{
		math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), largest, -largest, smallest, -smallest,
	}[i])
}

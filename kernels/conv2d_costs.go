package kernels

import (
	"math"
	"math/bits"
)

// costs is the model by which MethodAuto chooses, of one variant: nanoseconds on one
// machine (AMD EPYC, Zen 3), of which only the ratios matter. BenchmarkMethods measures what
// they stand for; TestCosts holds the choices that they lead to.
type costs struct {
	output  float64 // an output
	dense   float64 // a product, of outputs that are neighbours
	strided float64 // a product, of outputs that are not
	thin    float64 // a product of a filter with one column or row, of neighbours
	element float64 // an element of the image, to be looked at and moved by the separable method
	level   float64 // an element under two tiles, times the logarithm of their number
}

var (
	costsGo         = costs{output: 1, dense: 0.34, strided: 0.37, thin: 0.53, element: 2, level: 2.5}
	costsAVX2       = costs{output: 0.5, dense: 0.06, strided: 0.18, thin: 0.105, element: 1, level: 1}
	costsAVX2Single = costs{output: 0.25, dense: 0.032, strided: 0.09, thin: 0.05, element: 1, level: 1}
)

// choose is the method for an application.
func (c conv2dMethods[T]) choose(rows, cols axis, rankOne bool) Method {
	if c.method != MethodAuto {
		return c.method
	}
	method, least := MethodDirect, c.costs.direct(rows, cols, c.step())
	if cost := c.costs.separable(rows, cols, c.step()); rankOne && cost < least {
		method, least = MethodSeparable, cost
	}
	if _, _, cost := c.costs.fft(rows, cols); cost < least {
		method = MethodFFT
	}
	return method
}

// direct is the cost of every output's terms.
func (k *costs) direct(rows, cols axis, step int) float64 {
	product := k.dense
	if step > 1 {
		product = k.strided
	}
	return outputs(rows, step) * outputs(cols, step) * (k.output + product*float64(rows.taps)*float64(cols.taps))
}

// separable is the cost of a row's terms for every row that is needed, and of a
// column's terms for every output.
func (k *costs) separable(rows, cols axis, step int) float64 {
	product := k.thin
	if step > 1 {
		product = k.strided
	}
	m, n := outputs(rows, step), outputs(cols, step)
	needed := m * float64(min(rows.taps, step))
	if rows.taps > step {
		needed += float64(rows.taps - step)
	}
	return needed*(k.element*float64(cols.outputs+cols.taps)+product*n*float64(cols.taps)) + m*n*k.thin*float64(rows.taps)
}

// fft is the least cost of transforms, and how to cut the rows and columns for it.
func (k *costs) fft(rows, cols axis) (r, c fftAxis, cost float64) {
	cost = math.Inf(1)
	across := fftAxes(cols)
	for _, along := range fftAxes(rows) {
		for _, a := range across {
			pairs := (float64(along.tiles)*float64(a.tiles) + 1) / 2
			pieces := float64(along.pieces) * float64(a.pieces)
			levels := float64(bits.Len(uint(along.n*a.n)) - 1)
			// A piece of the filter takes half of what two tiles take, which also go back.
			if least := pieces * (pairs + 0.5) * float64(along.n*a.n) * k.level * levels; least < cost {
				r, c, cost = along, a, least
			}
		}
	}
	return r, c, cost
}

// outputs is how many outputs of an axis are computed.
func outputs(a axis, step int) float64 { return float64((a.outputs-1)/step + 1) }

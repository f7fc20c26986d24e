package job

import "numcomp/kernels"

// Generated data are a function of (seed, stream, item, index) alone, exact in
// both element types and the same on every machine: SplitMix64 (Steele, Lea,
// Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014), whose n-th
// output can be told without those before it. Every item's arrays and parameters
// are a stream of their own.

// golden is SplitMix64's increment, 2^64 divided by the golden ratio.
const golden = 0x9e3779b97f4a7c15

// mix is SplitMix64's output function.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// A stream's numbers are mix(base + golden), mix(base + 2 golden), ...
const (
	arrayStream = iota
	paramsStream
)

// base is where the stream of an item's arrays or parameters begins.
func base(seed uint64, stream, item int) uint64 {
	return mix(mix(seed+golden) + golden*(2*uint64(item)+uint64(stream)+1))
}

// unit fills dst with the stream from base, uniform in [0, 1): multiples of
// 2^-53, or of 2^-24 in float32.
func unit[T kernels.Float](dst []T, base uint64) {
	if _, single := any(T(0)).(float32); single {
		for i := range dst {
			base += golden
			dst[i] = T(mix(base)>>40) * (1.0 / (1 << 24))
		}
		return
	}
	for i := range dst {
		base += golden
		dst[i] = T(mix(base)>>11) * (1.0 / (1 << 53))
	}
}

// generateArray fills dst with item's array.
func generateArray[T kernels.Float](dst []T, fill Fill, seed uint64, item int) {
	switch fill {
	case Zeros:
		clear(dst)
	case Ramp:
		for i := range dst {
			dst[i] = T((item%1024+i%1024)%1024) * (1.0 / 1024)
		}
	default:
		unit(dst, base(seed, arrayStream, item))
	}
}

// generateParams fills dst with item's parameters, uniform in [-1, 1). They are
// random whatever fills the arrays: Python's programs convolve zeros with random
// filters.
func generateParams[T kernels.Float](dst []T, seed uint64, item int) {
	unit(dst, base(seed, paramsStream, item))
	for i, x := range dst {
		// Exact: x is a multiple of 2^-53 (2^-24) below 1, and so 2x - 1 one of
		// 2^-52 (2^-23) of magnitude at most 1.
		dst[i] = 2*x - 1
	}
}

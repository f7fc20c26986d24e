package kernels_test

import (
	"encoding/binary"
	"math"
	"testing"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// FuzzConv2d compares every variant with the reference on shapes, options and
// elements that the fuzzer chooses, any bits at all.
func FuzzConv2d(f *testing.F) {
	f.Add(uint8(8), uint8(8), uint8(4), uint8(4), uint8(0), uint8(0), uint16(5), false, 0.0, []byte{})
	f.Add(uint8(1), uint8(40), uint8(3), uint8(9), uint8(1), uint8(1), uint16(1), true, 1.5, []byte("\x00\x00\x00\x00\x00\x00\xf0\x7f"))
	f.Add(uint8(3), uint8(5), uint8(7), uint8(6), uint8(2), uint8(2), uint16(2), false, math.Inf(1), []byte("\x00\x00\x00\x00\x00\x00\xf8\x7f1234567"))
	f.Fuzz(func(t *testing.T, rows, cols, frows, fcols, mode, boundary uint8, stride uint16, all bool, fill float64, data []byte) {
		c := kerneltest.Case{
			Array:  kernels.Shape{Rows: int(rows)%64 + 1, Cols: int(cols)%64 + 1},
			Params: kernels.Shape{Rows: int(frows)%16 + 1, Cols: int(fcols)%16 + 1},
			Options: kernels.Options{
				Mode: kernels.Mode(mode % 3), Boundary: kernels.Boundary(boundary % 3),
				FillValue: fill, Stride: int(stride) + 1, ComputeAll: all,
			},
		}
		for v := 1; v <= kernels.Best("conv2d"); v++ {
			fuzzed[float64](t, v, c, data)
			fuzzed[float32](t, v, c, data)
		}
	})
}

// FuzzConv2dMethods is FuzzConv2d of the methods that give up bits, by the best
// variant, with larger filters, of rank 1 or not.
func FuzzConv2dMethods(f *testing.F) {
	f.Add(uint8(20), uint8(40), uint8(8), uint8(18), uint8(0), uint8(0), uint8(1), uint8(2), true, false, 0.0, []byte{})
	f.Add(uint8(9), uint8(47), uint8(9), uint8(9), uint8(1), uint8(2), uint8(3), uint8(3), false, true, 1.5, []byte("12345678\x00\x00\x00\x00\x00\x00\xf0\x3f"))
	f.Add(uint8(24), uint8(40), uint8(4), uint8(7), uint8(2), uint8(1), uint8(0), uint8(3), true, false, -1e300, []byte("\xff\xff\xff\xff\xff\xff\xef\x7f1234567"))
	f.Fuzz(func(t *testing.T, rows, cols, frows, fcols, mode, boundary, stride, method uint8, rankOne, single bool, fill float64, data []byte) {
		c := kerneltest.Case{
			Array:  kernels.Shape{Rows: int(rows)%24 + 1, Cols: int(cols)%48 + 1},
			Params: kernels.Shape{Rows: int(frows)%10 + 1, Cols: int(fcols)%20 + 1},
			Options: kernels.Options{
				Mode: kernels.Mode(mode % 3), Boundary: kernels.Boundary(boundary % 3),
				FillValue: fill, Stride: int(stride)%7 + 1, Method: kernels.Method(method%3 + 1),
			},
		}
		switch v := kernels.Best("conv2d"); {
		case single:
			fuzzedMethod[float32](t, v, c, rankOne, data)
		default:
			fuzzedMethod[float64](t, v, c, rankOne, data)
		}
	})
}

func fuzzedMethod[T kernels.Float](t *testing.T, variant int, c kerneltest.Case, rankOne bool, data []byte) {
	if !rankOne {
		fuzzed[T](t, variant, c, data)
		return
	}
	array, params := kerneltest.Inputs[T](c)
	ofRankOne(params)
	for i := range len(data) / 8 {
		array.Data[i%len(array.Data)] = T(math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])))
	}
	kerneltest.CompareInputs(t, "conv2d", variant, c, array, params)
}

// fuzzed compares on inputs whose elements are data's, as often as needed to
// fill them, or kerneltest's own when there is less than one element.
func fuzzed[T kernels.Float](t *testing.T, variant int, c kerneltest.Case, data []byte) {
	array, params := kerneltest.Inputs[T](c)
	if n := len(data) / 8; n > 0 {
		at := 0
		for _, a := range []kernels.Array[T]{array, params} {
			for i := range a.Data {
				a.Data[i] = T(math.Float64frombits(binary.LittleEndian.Uint64(data[at%n*8:])))
				at++
			}
		}
	}
	kerneltest.CompareInputs(t, "conv2d", variant, c, array, params)
}

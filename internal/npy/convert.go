package npy

import (
	"encoding/binary"
	"math"
)

// Float is the element type of arrays in memory.
type Float interface{ float32 | float64 }

// convert sets dst to the elements in src, which has len(dst) times d.size bytes
// and may be changed. Numbers that T does not have are rounded to the nearest
// one, once, as numpy's astype does; true is 1.
func convert[T Float](dst []T, src []byte, d dtype) {
	if d.big {
		swap(src, d.size)
	}
	// From here on the least significant byte comes first.
	le := binary.LittleEndian
	switch d.kind {
	case 'f':
		switch d.size {
		case 8:
			for i := range dst {
				dst[i] = T(math.Float64frombits(le.Uint64(src[8*i:])))
			}
		case 4:
			for i := range dst {
				dst[i] = T(math.Float32frombits(le.Uint32(src[4*i:])))
			}
		case 2:
			for i := range dst {
				dst[i] = T(half(le.Uint16(src[2*i:])))
			}
		}
	case 'i':
		switch d.size {
		case 8:
			for i := range dst {
				dst[i] = T(int64(le.Uint64(src[8*i:])))
			}
		case 4:
			for i := range dst {
				dst[i] = T(int32(le.Uint32(src[4*i:])))
			}
		case 2:
			for i := range dst {
				dst[i] = T(int16(le.Uint16(src[2*i:])))
			}
		case 1:
			for i := range dst {
				dst[i] = T(int8(src[i]))
			}
		}
	case 'u':
		switch d.size {
		case 8:
			for i := range dst {
				dst[i] = T(le.Uint64(src[8*i:]))
			}
		case 4:
			for i := range dst {
				dst[i] = T(le.Uint32(src[4*i:]))
			}
		case 2:
			for i := range dst {
				dst[i] = T(le.Uint16(src[2*i:]))
			}
		case 1:
			for i := range dst {
				dst[i] = T(src[i])
			}
		}
	case 'b':
		for i := range dst {
			dst[i] = 0
			if src[i] != 0 {
				dst[i] = 1
			}
		}
	}
}

// swap turns the bytes of every element around.
func swap(p []byte, size int) {
	switch size {
	case 8:
		for ; len(p) >= 8; p = p[8:] {
			binary.LittleEndian.PutUint64(p, binary.BigEndian.Uint64(p))
		}
	case 4:
		for ; len(p) >= 4; p = p[4:] {
			binary.LittleEndian.PutUint32(p, binary.BigEndian.Uint32(p))
		}
	case 2:
		for ; len(p) >= 2; p = p[2:] {
			binary.LittleEndian.PutUint16(p, binary.BigEndian.Uint16(p))
		}
	}
}

// half is the value of an IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of
// fraction.
func half(b uint16) float32 {
	exponent, fraction := int(b>>10&31), int(b&1023)
	var x float64
	switch exponent {
	case 0:
		x = math.Ldexp(float64(fraction), -24)
	case 31:
		if x = math.Inf(1); fraction != 0 {
			x = math.NaN()
		}
	default:
		x = math.Ldexp(float64(1024+fraction), exponent-25)
	}
	if b>>15 != 0 {
		x = -x
	}
	return float32(x)
}

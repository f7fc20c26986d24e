package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// set is a set of instructions: vectors of one size. Of AVX-512 only the
// foundation is used, AVX512F.
type set struct {
	name   string // ends the functions' names
	bytes  int
	vector func() reg.VecVirtual // a new register
	zero   func(v reg.VecVirtual)
}

var (
	avx2 = set{"", 32, YMM, func(v reg.VecVirtual) { VXORPD(v, v, v) }}
	// VXORPD of 64 bytes is not among the foundation.
	avx512 = set{"AVX512", 64, ZMM, func(v reg.VecVirtual) { VPXORQ(v, v, v) }}
)

// quarter is the size in bytes of the parts of a vector within which elements are
// unpacked: half an AVX2 vector, a quarter of an AVX-512 one.
const quarter = 16

// parts loads a vector's parts, each from its own place.
func (s set) parts(at func(part int) Mem) reg.VecVirtual {
	v := s.vector()
	s.broadcastQuarter(at(0), v)
	for part := 1; part < s.bytes/quarter; part++ {
		if s.bytes == 32 {
			VINSERTF128(U8(part), at(part), v, v)
		} else {
			VINSERTF32X4(U8(part), at(part), v, v)
		}
	}
	return v
}

// broadcastQuarter loads the same into every quarter.
func (s set) broadcastQuarter(from Mem, v reg.VecVirtual) {
	if s.bytes == 32 {
		VBROADCASTF128(from, v)
	} else {
		VBROADCASTF32X4(from, v)
	}
}

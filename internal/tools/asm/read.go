package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// read writes the function that does nothing but read: what the bandwidth of a
// convolution is compared with.
func read() {
	TEXT("read", NOSPLIT, "func(p *float64, n int) float64")
	Pragma("noescape")
	Doc("read adds up n elements, in no particular order; n is a multiple of 64.")
	p, n := Load(Param("p"), GP64()), Load(Param("n"), GP64())
	acc := YMM()
	avx2.zero(acc)
	sums := []Op{acc}
	for range 7 {
		a := YMM()
		avx2.zero(a)
		sums = append(sums, a)
	}
	Label("loop")
	CMPQ(n, U8(64))
	JLT(LabelRef("done"))
	for i := range 16 {
		VADDPD(Mem{Base: p, Disp: 32 * i}, sums[i%8], sums[i%8])
	}
	ADDQ(U32(512), p)
	SUBQ(U8(64), n)
	JMP(LabelRef("loop"))
	Label("done")
	for _, s := range sums[1:] {
		VADDPD(s, acc, acc)
	}
	Store(acc.AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

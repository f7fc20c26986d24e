package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// prefetch writes the function that asks for memory before it is read.
func prefetch() {
	TEXT("prefetch", NOSPLIT, "func(p *byte, n int)")
	Pragma("noescape")
	Doc("prefetch asks memory for the n bytes from p on; n is above 0.")
	p, n := Load(Param("p"), GP64()), Load(Param("n"), GP64())
	Label("line")
	PREFETCHT0(Mem{Base: p})
	ADDQ(I8(64), p)
	SUBQ(I8(64), n)
	JG(LabelRef("line"))
	RET()
}

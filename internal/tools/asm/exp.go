package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// expTable are the entries of the table of constants, one float64 each, in the order of
// package simd's ExpTable; expTerms coefficients follow.
var expTable = []string{"least", "most", "log2e", "magic", "ln2hi", "ln2lo", "one", "bias"}

const expTerms = 12

// exp writes the exponential of n elements, two vectors of float64 at a time: step for step what the
// portable version does (kernels/exp_go.go), which has the explanation. float32
// is computed in float64 and rounded once.
func exp(e elem) {
	name := "expF" + e.name
	TEXT(name, NOSPLIT, fmt.Sprintf("func(dst, src *%s, n int, table *[%d]float64)", e.typ, len(expTable)+expTerms))
	Pragma("noescape")
	const vectors = 2
	elements := vectors * e.bytes / 8
	Doc(fmt.Sprintf("%s sets dst to the exponentials of src; n is a multiple of %d.", name, elements))
	dst, src, n, table := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("n"), GP64()), Load(Param("table"), GP64())
	constant := func(i int) reg.VecVirtual {
		y := e.vector()
		VBROADCASTSD(Mem{Base: table, Disp: 8 * i}, y)
		return y
	}
	named := func(what string) reg.VecVirtual { return constant(slices.Index(expTable, what)) }

	Label("loop")
	SUBQ(U8(elements), n)
	JLT(LabelRef("done"))
	var x, t, hi, lo, r, p [vectors]reg.VecVirtual
	each := func(f func(v int)) {
		for v := range vectors {
			f(v)
		}
	}
	least, most := named("least"), named("most")
	each(func(v int) {
		x[v] = e.vector()
		if e.size == 4 {
			VCVTPS2PD(Mem{Base: src, Disp: e.bytes / 2 * v}, x[v])
		} else {
			VMOVUPD(Mem{Base: src, Disp: e.bytes * v}, x[v])
		}
		// Of a NaN and a number these give the one that is written first here.
		VMINPD(x[v], most, x[v])
		VMAXPD(x[v], least, x[v])
	})
	log2e, magic := named("log2e"), named("magic")
	ln2hi, ln2lo := named("ln2hi"), named("ln2lo")
	each(func(v int) {
		t[v], hi[v], lo[v], r[v] = e.vector(), e.vector(), e.vector(), e.vector()
		VMULPD(log2e, x[v], t[v])
		VADDPD(magic, t[v], t[v])
		whole := e.vector()
		VSUBPD(magic, t[v], whole)
		VMULPD(ln2hi, whole, hi[v])
		VSUBPD(hi[v], x[v], hi[v])
		VMULPD(ln2lo, whole, lo[v])
		VSUBPD(lo[v], hi[v], r[v])
	})
	first := constant(len(expTable))
	for i := 1; i < expTerms; i++ {
		c := constant(len(expTable) + i)
		each(func(v int) {
			if i == 1 {
				p[v] = e.vector()
				VMULPD(r[v], first, p[v])
			} else {
				VMULPD(r[v], p[v], p[v])
			}
			VADDPD(c, p[v], p[v])
		})
	}
	one, bias := named("one"), named("bias")
	each(func(v int) {
		VMULPD(r[v], r[v], r[v])
		VMULPD(p[v], r[v], p[v])
		VSUBPD(lo[v], p[v], p[v])
		VADDPD(p[v], hi[v], p[v])
		VADDPD(p[v], one, p[v])
		// The low halves of t are the powers of two, in two halves.
		half, rest := e.vector(), e.vector()
		VPSRAD(U8(1), t[v], half)
		VPSUBD(half, t[v], rest)
		for _, k := range []reg.VecVirtual{half, rest} {
			VPADDD(bias, k, k)
			VPSLLQ(U8(52), k, k)
			VMULPD(k, p[v], p[v])
		}
		if e.size == 4 {
			var single reg.VecVirtual
			if e.bytes == 64 {
				single = YMM()
				VCVTPD2PS(p[v], single)
			} else {
				single = XMM()
				VCVTPD2PSY(p[v], single)
			}
			VMOVUPS(single, Mem{Base: dst, Disp: e.bytes / 2 * v})
		} else {
			VMOVUPD(p[v], Mem{Base: dst, Disp: e.bytes * v})
		}
	})
	ADDQ(U32(elements*e.size), src)
	ADDQ(U32(elements*e.size), dst)
	JMP(LabelRef("loop"))
	Label("done")
	VZEROUPPER()
	RET()
}

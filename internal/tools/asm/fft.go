package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rowBytes is a row of one part of a panel: 8 numbers, two vectors.
const rowBytes = 64

// transform writes the inner loops of Fourier transforms: those of package fft,
// in the same order of operations.
func transform() {
	butterflies("forward4", "forward4 is a pass of radix 4, of decimation in frequency, over a panel of n rows in blocks.", forward)
	butterflies("inverse4", "inverse4 undoes forward4, times 4.", inverse)
	pairs()
	product()
	transposes()
}

// complexes is a vector of complex numbers.
type complexes struct{ re, im reg.VecVirtual }

func combine(op func(...Op), a, b reg.VecVirtual) reg.VecVirtual {
	y := YMM()
	op(b, a, y) // a op b
	return y
}

func plus(a, b complexes) complexes {
	return complexes{combine(VADDPD, a.re, b.re), combine(VADDPD, a.im, b.im)}
}

func minus(a, b complexes) complexes {
	return complexes{combine(VSUBPD, a.re, b.re), combine(VSUBPD, a.im, b.im)}
}

// turned is a + ib, and back is a - ib.
func turned(a, b complexes) complexes {
	return complexes{combine(VSUBPD, a.re, b.im), combine(VADDPD, a.im, b.re)}
}

func back(a, b complexes) complexes {
	return complexes{combine(VADDPD, a.re, b.im), combine(VSUBPD, a.im, b.re)}
}

// products are the four of two complex numbers: ac, bd, ad, bc.
func products(a complexes, re, im Op) (ac, bd, ad, bc reg.VecVirtual) {
	ac, bd, ad, bc = YMM(), YMM(), YMM(), YMM()
	VMULPD(re, a.re, ac)
	VMULPD(im, a.im, bd)
	VMULPD(im, a.re, ad)
	VMULPD(re, a.im, bc)
	return ac, bd, ad, bc
}

// rows are where rows k, k+q, k+2q and k+3q of one part are.
type rows struct{ p, q, q3 reg.GPVirtual }

func (r rows) at(i, disp int) Mem {
	switch i {
	case 0:
		return Mem{Base: r.p, Disp: disp}
	case 3:
		return Mem{Base: r.p, Index: r.q3, Scale: 1, Disp: disp}
	}
	return Mem{Base: r.p, Index: r.q, Scale: uint8(i), Disp: disp}
}

// four are the numbers of a butterfly.
type four struct {
	re, im  rows
	disp    int
	twiddle reg.GPVirtual
}

func (f four) load(i int) complexes {
	c := complexes{YMM(), YMM()}
	VMOVUPD(f.re.at(i, f.disp), c.re)
	VMOVUPD(f.im.at(i, f.disp), c.im)
	return c
}

func (f four) store(c complexes, i int) {
	VMOVUPD(c.re, f.re.at(i, f.disp))
	VMOVUPD(c.im, f.im.at(i, f.disp))
}

// factor is w^i, for every lane.
func (f four) factor(i int) (re, im reg.VecVirtual) {
	re, im = YMM(), YMM()
	VBROADCASTSD(Mem{Base: f.twiddle, Disp: 16 * (i - 1)}, re)
	VBROADCASTSD(Mem{Base: f.twiddle, Disp: 16*(i-1) + 8}, im)
	return re, im
}

func forward(f four) {
	a, c := f.load(0), f.load(2)
	t0, t1 := plus(a, c), minus(a, c)
	b, d := f.load(1), f.load(3)
	t2, t3 := plus(b, d), minus(b, d)
	f.store(plus(t0, t2), 0)
	for i, x := range []func() complexes{
		func() complexes { return minus(t0, t2) }, func() complexes { return back(t1, t3) }, func() complexes { return turned(t1, t3) },
	} {
		row := [...]int{2, 1, 3}[i]
		re, im := f.factor(row)
		ac, bd, ad, bc := products(x(), re, im)
		f.store(complexes{combine(VSUBPD, ac, bd), combine(VADDPD, ad, bc)}, row)
	}
}

func inverse(f four) {
	var x [4]complexes
	for _, i := range []int{1, 3, 2} {
		re, im := f.factor(i)
		ac, bd, ad, bc := products(f.load(i), re, im)
		x[i] = complexes{combine(VADDPD, ac, bd), combine(VSUBPD, bc, ad)}
	}
	x[0] = f.load(0)
	t0, t2 := plus(x[0], x[2]), minus(x[0], x[2])
	t1, t3 := plus(x[1], x[3]), minus(x[1], x[3])
	f.store(plus(t0, t1), 0)
	f.store(turned(t2, t3), 1)
	f.store(minus(t0, t1), 2)
	f.store(back(t2, t3), 3)
}

// butterflies writes a pass of butterflies.
func butterflies(name, doc string, butterfly func(four)) {
	TEXT(name, NOSPLIT, "func(panel *float64, n, block int, twiddle *float64)")
	Pragma("noescape")
	Doc(doc)
	re, left := Load(Param("panel"), GP64()).(reg.GPVirtual), Load(Param("n"), GP64()).(reg.GPVirtual)
	block := Load(Param("block"), GP64()).(reg.GPVirtual)
	im, q, q3, k := GP64(), GP64(), GP64(), GP64()
	MOVQ(left, im)
	SHLQ(U8(6), im)
	ADDQ(re, im)
	MOVQ(block, q)
	SHLQ(U8(4), q) // a quarter of the block, of 64 bytes a row
	LEAQ(Mem{Base: q, Index: q, Scale: 2}, q3)
	Label("block")
	twiddle := Load(Param("twiddle"), GP64()).(reg.GPVirtual)
	MOVQ(block, k)
	SHRQ(U8(2), k)
	Label("row")
	for v := range 2 {
		butterfly(four{rows{re, q, q3}, rows{im, q, q3}, 32 * v, twiddle})
	}
	ADDQ(U8(rowBytes), re)
	ADDQ(U8(rowBytes), im)
	ADDQ(U8(48), twiddle)
	DECQ(k)
	JNE(LabelRef("row"))
	ADDQ(q3, re)
	ADDQ(q3, im)
	SUBQ(block, left)
	JNE(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// pairs writes the pass of radix 2.
func pairs() {
	TEXT("forward2", NOSPLIT, "func(panel *float64, n int)")
	Pragma("noescape")
	Doc("forward2 makes of every two of n rows their sum and their difference.")
	p, n := Load(Param("panel"), GP64()).(reg.GPVirtual), Load(Param("n"), GP64())
	Label("pair")
	for v := range 2 {
		a, b := YMM(), YMM()
		VMOVUPD(Mem{Base: p, Disp: 32 * v}, a)
		VMOVUPD(Mem{Base: p, Disp: rowBytes + 32*v}, b)
		VMOVUPD(combine(VADDPD, a, b), Mem{Base: p, Disp: 32 * v})
		VMOVUPD(combine(VSUBPD, a, b), Mem{Base: p, Disp: rowBytes + 32*v})
	}
	ADDQ(U32(2*rowBytes), p)
	SUBQ(U8(2), n)
	JNE(LabelRef("pair"))
	VZEROUPPER()
	RET()
}

// product writes the multiplication of a panel by another one.
func product() {
	TEXT("multiply", NOSPLIT, "func(panel, by *float64, n int)")
	Pragma("noescape")
	Doc("multiply multiplies a panel of n rows by another one, number by number.")
	p, by := Load(Param("panel"), GP64()).(reg.GPVirtual), Load(Param("by"), GP64()).(reg.GPVirtual)
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	half := GP64()
	MOVQ(n, half)
	SHLQ(U8(6), half)
	Label("row")
	for v := range 2 {
		at := func(base reg.GPVirtual) (re, im Mem) {
			return Mem{Base: base, Disp: 32 * v}, Mem{Base: base, Index: half, Scale: 1, Disp: 32 * v}
		}
		re, im := at(p)
		x := complexes{YMM(), YMM()}
		VMOVUPD(re, x.re)
		VMOVUPD(im, x.im)
		hre, him := at(by)
		ac, bd, ad, bc := products(x, hre, him)
		VMOVUPD(combine(VSUBPD, ac, bd), re)
		VMOVUPD(combine(VADDPD, ad, bc), im)
	}
	ADDQ(U8(rowBytes), p)
	ADDQ(U8(rowBytes), by)
	DECQ(n)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// transposes writes the two that move a part of a panel to and from where its
// columns lie as rows.
func transposes() {
	for _, reads := range []bool{true, false} {
		name, doc := "writeColumns", "writeColumns writes the columns of n rows of a part of a panel, a stride apart."
		if reads {
			name, doc = "readColumns", "readColumns reads what writeColumns wrote."
		}
		TEXT(name, NOSPLIT, "func(part, columns *float64, n, stride int)")
		Pragma("noescape")
		Doc(doc)
		part, columns := Load(Param("part"), GP64()).(reg.GPVirtual), Load(Param("columns"), GP64()).(reg.GPVirtual)
		n, stride := Load(Param("n"), GP64()), Load(Param("stride"), GP64()).(reg.GPVirtual)
		SHLQ(U8(3), stride)
		stride3, upper := GP64(), GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
		LEAQ(Mem{Base: columns, Index: stride, Scale: 4}, upper)
		Label("rows")
		for h, base := range []reg.GPVirtual{columns, upper} {
			var in, out [4]Mem
			for i := range 4 {
				in[i], out[i] = Mem{Base: part, Disp: i*rowBytes + 32*h}, rows{base, stride, stride3}.at(i, 0)
			}
			if reads {
				in, out = out, in
			}
			var r, t, c [4]reg.VecVirtual
			for i := range 4 {
				r[i], t[i], c[i] = YMM(), YMM(), YMM()
				VMOVUPD(in[i], r[i])
			}
			VUNPCKLPD(r[1], r[0], t[0])
			VUNPCKHPD(r[1], r[0], t[1])
			VUNPCKLPD(r[3], r[2], t[2])
			VUNPCKHPD(r[3], r[2], t[3])
			for i := range 2 {
				VPERM2F128(U8(0x20), t[i+2], t[i], c[i])
				VPERM2F128(U8(0x31), t[i+2], t[i], c[i+2])
			}
			for i := range 4 {
				VMOVUPD(c[i], out[i])
			}
		}
		ADDQ(U32(4*rowBytes), part)
		ADDQ(U8(32), columns)
		ADDQ(U8(32), upper)
		SUBQ(U8(4), n)
		JNE(LabelRef("rows"))
		VZEROUPPER()
		RET()
	}
}

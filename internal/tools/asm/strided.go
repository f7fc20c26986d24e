package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// strided writes a function that computes a row of outputs whose elements lie a
// step apart in the image.
//
// A vector of outputs needs a vector of elements a step apart for every tap. It
// is put together by transposing: what is next to each other in memory is loaded
// once for all taps that want it. Where fewer taps are left than a group of
// neighbours has, the group overlaps the one before; only a filter that is
// narrower than a group has its elements loaded one by one. So nothing is read
// that no output needs.
//
// As in dense, sums stay in registers over all taps, and the last vector ends
// where the row ends.
func strided(e elem, f shape) {
	name := functionName("strided", f, e)
	begin(name, fmt.Sprintf("%s computes a row of n outputs, step apart, with %s; n is at least %d.", name, f.phrase(), e.lanes))
	s := &stridedFunc{elem: e, filter: f}
	s.i, s.x, s.step = GP64(), field("first"), field("step")
	XORQ(s.i, s.i)
	scale(s.x, e.size)
	scale(s.step, e.size)
	s.step3, s.step5, s.step7 = GP64(), GP64(), GP64()
	LEAQ(Mem{Base: s.step, Index: s.step, Scale: 2}, s.step3)
	LEAQ(Mem{Base: s.step, Index: s.step, Scale: 4}, s.step5)
	LEAQ(Mem{Base: s.step3, Index: s.step, Scale: 4}, s.step7)

	s.tiles("wide", 2, "thin")
	s.tiles("thin", 1, "")
	Label("done")
	VZEROUPPER()
	RET()
}

type stridedFunc struct {
	elem
	labels
	filter                    shape
	i                         reg.GPVirtual // outputs so far
	x                         reg.GPVirtual // what output i begins to read, in bytes from the start of a row
	step, step3, step5, step7 reg.GPVirtual // in bytes
}

// tiles computes tiles of some vectors of outputs while they fit, then one that
// ends where the row ends. When the row is shorter than one, it goes to otherwise.
func (s *stridedFunc) tiles(label string, vectors int, otherwise string) {
	size := vectors * s.lanes
	Label(label)
	left := field("n")
	SUBQ(s.i, left)
	JLE(LabelRef("done"))
	SUBQ(U8(size), left)
	JGE(LabelRef(label + "tile"))
	if otherwise != "" {
		n := field("n")
		CMPQ(n, U8(size))
		JLT(LabelRef(otherwise))
	}
	// left is below 0 by what is missing: back by that.
	ADDQ(left, s.i)
	IMULQ(s.step, left)
	ADDQ(left, s.x)
	Label(label + "tile")
	s.tile(vectors)
	ADDQ(U8(size), s.i)
	by := GP64()
	MOVQ(s.step, by)
	scale(by, size)
	ADDQ(by, s.x)
	JMP(LabelRef(label))
}

// tile computes vectors of outputs, from i on.
func (s *stridedFunc) tile(vectors int) {
	acc := make([]reg.VecVirtual, vectors)
	for v := range acc {
		acc[v] = YMM()
		zero(acc[v])
	}
	fresh := s.next("fresh")
	from := field("from0")
	TESTQ(from, from)
	JEQ(LabelRef(fresh))
	for v := range acc {
		s.load(Mem{Base: from, Index: s.i, Scale: uint8(s.size), Disp: 32 * v}, acc[v])
	}
	Label(fresh)
	if s.filter.any() {
		s.sumAny(acc)
	} else {
		s.sumFixed(acc)
	}
	dst := field("dst0")
	for v := range acc {
		s.load(acc[v], Mem{Base: dst, Index: s.i, Scale: uint8(s.size), Disp: 32 * v})
	}
}

// sumFixed adds all terms of a filter whose shape is known: no loop.
func (s *stridedFunc) sumFixed(acc []reg.VecVirtual) {
	header, filter := field("rows"), field("filter")
	for j := range s.filter.rows {
		p := s.places(len(acc), func(p reg.GPVirtual) {
			MOVQ(Mem{Base: header, Disp: sliceHeader * j}, p)
			ADDQ(s.x, p)
		})
		weights := Mem{Base: filter, Disp: s.size * j * s.filter.cols}
		k, width := 0, s.group()
		if s.size == 8 && s.filter.cols == 4 {
			s.taps(acc, s.quads(len(acc), p), 4, weights)
			continue
		}
		for ; k+width <= s.filter.cols; k += width {
			s.taps(acc, s.columns(len(acc), p, s.size*(s.filter.cols-width-k)), width, weights)
			weights.Disp += s.size * width
		}
		if rest := s.filter.cols - k; rest > 0 && k > 0 {
			s.taps(acc, s.columns(len(acc), p, 0), rest, weights)
		} else {
			for c := rest - 1; c >= 0; c-- {
				s.taps(acc, s.single(len(acc), p, s.size*c), 1, weights)
				weights.Disp += s.size
			}
		}
	}
}

// sumAny adds all terms of a filter of any shape.
func (s *stridedFunc) sumAny(acc []reg.VecVirtual) {
	header, h, count := field("rows"), field("filter"), field("frows")
	width := s.group()
	rows, groups, rest, narrow, done := s.next("rows"), s.next("groups"), s.next("rest"), s.next("narrow"), s.next("rowdone")
	Label(rows)
	f, k := GP64(), field("fcols")
	MOVQ(h, f)
	p := s.places(len(acc), func(p reg.GPVirtual) {
		MOVQ(Mem{Base: header}, p)
		LEAQ(Mem{Base: p, Index: k, Scale: uint8(s.size)}, p)
		ADDQ(s.x, p)
	})
	Label(groups)
	SUBQ(U8(width), k)
	JLT(LabelRef(rest))
	p.move(-s.size * width)
	s.taps(acc, s.columns(len(acc), p, 0), width, Mem{Base: f})
	ADDQ(U8(s.size*width), f)
	JMP(LabelRef(groups))

	// k is what is left, less the width: p is that many elements from the first.
	Label(rest)
	ADDQ(U8(width), k)
	JEQ(LabelRef(done))
	cols := field("fcols")
	CMPQ(cols, U8(width))
	JLT(LabelRef(narrow))
	back := GP64()
	MOVQ(k, back)
	scale(back, s.size)
	p.sub(back)
	columns := s.columns(len(acc), p, 0)
	for c := width - 2; c >= 0; c-- {
		skip := s.next("skip")
		CMPQ(k, U8(c+1))
		JLT(LabelRef(skip))
		var one [][]reg.VecVirtual
		for v := range columns {
			one = append(one, columns[v][c:c+1])
		}
		s.taps(acc, one, 1, Mem{Base: f})
		ADDQ(U8(s.size), f)
		Label(skip)
	}
	JMP(LabelRef(done))

	Label(narrow)
	p.move(-s.size)
	s.taps(acc, s.single(len(acc), p, 0), 1, Mem{Base: f})
	ADDQ(U8(s.size), f)
	DECQ(k)
	JNE(LabelRef(narrow))

	Label(done)
	ADDQ(U8(sliceHeader), header)
	stride := field("fstride")
	LEAQ(Mem{Base: h, Index: stride, Scale: uint8(s.size)}, h)
	DECQ(count)
	JNE(LabelRef(rows))
}

// taps adds the terms of n neighbouring taps: columns[v][c] is what tap n-1-c of
// them takes for vector v.
func (s *stridedFunc) taps(acc []reg.VecVirtual, columns [][]reg.VecVirtual, n int, weights Mem) {
	for c := n - 1; c >= 0; c-- {
		weight := YMM()
		s.broadcast(weights, weight)
		weights.Disp += s.size
		for v := range acc {
			product := YMM()
			s.mul(columns[v][c], weight, product)
			s.add(product, acc[v], acc[v])
		}
	}
}

// places are pointers to element 0 of outputs 0, 8, ... of a tile.
type places []reg.GPVirtual

func (s *stridedFunc) places(vectors int, load func(reg.GPVirtual)) places {
	p := GP64()
	load(p)
	all := places{p}
	for i := 8; i < vectors*s.lanes; i += 8 {
		next := GP64()
		LEAQ(Mem{Base: p, Index: s.step, Scale: 8}, next)
		all = append(all, next)
	}
	return all
}

func (p places) move(by int) {
	for _, r := range p {
		ADDQ(I8(by), r)
	}
}

func (p places) sub(r reg.GPVirtual) {
	for _, q := range p {
		SUBQ(r, q)
	}
}

// output is where output i finds the element disp bytes from element 0.
func (s *stridedFunc) output(p places, i, disp int) Mem {
	m := Mem{Base: p[i/8], Disp: disp}
	switch i %= 8; i {
	case 0:
	case 1, 2, 4:
		m.Index, m.Scale = s.step, uint8(i)
	case 3, 6:
		m.Index, m.Scale = s.step3, uint8(i/3)
	case 5:
		m.Index, m.Scale = s.step5, 1
	case 7:
		m.Index, m.Scale = s.step7, 1
	}
	return m
}

// group is how many neighbours are loaded at once: what half a vector holds.
func (s *stridedFunc) group() int { return 16 / s.size }

// columns loads a group of neighbours for every output: [v][c] is, for vector v,
// the outputs' element c from disp on.
func (s *stridedFunc) columns(vectors int, p places, disp int) [][]reg.VecVirtual {
	var all [][]reg.VecVirtual
	for v := range vectors {
		at := func(i int) Mem { return s.output(p, v*s.lanes+i, disp) }
		if s.lanes == 4 {
			all = append(all, transpose2(halves(at(0), at(2)), halves(at(1), at(3))))
			continue
		}
		var line [4]reg.VecVirtual
		for i := range line {
			line[i] = halves(at(i), at(4+i))
		}
		all = append(all, transpose4(line))
	}
	return all
}

// quads loads four neighbouring doubles, from the first on, for every output.
func (s *stridedFunc) quads(vectors int, p places) [][]reg.VecVirtual {
	var all [][]reg.VecVirtual
	for v := range vectors {
		var x, t, c [4]reg.VecVirtual
		for i := range 4 {
			x[i], t[i], c[i] = YMM(), YMM(), YMM()
			VMOVUPD(s.output(p, v*s.lanes+i, 0), x[i])
		}
		VUNPCKLPD(x[1], x[0], t[0])
		VUNPCKHPD(x[1], x[0], t[1])
		VUNPCKLPD(x[3], x[2], t[2])
		VUNPCKHPD(x[3], x[2], t[3])
		for i := range 2 {
			VPERM2F128(U8(0x20), t[i+2], t[i], c[i])
			VPERM2F128(U8(0x31), t[i+2], t[i], c[i+2])
		}
		all = append(all, c[:])
	}
	return all
}

// single loads one element for every output: [v][0] is vector v.
func (s *stridedFunc) single(vectors int, p places, disp int) [][]reg.VecVirtual {
	blend := VBLENDPD
	if s.size == 4 {
		blend = VBLENDPS
	}
	var all [][]reg.VecVirtual
	for v := range vectors {
		y := YMM()
		s.broadcast(s.output(p, v*s.lanes, disp), y)
		for i := 1; i < s.lanes; i++ {
			next := YMM()
			s.broadcast(s.output(p, v*s.lanes+i, disp), next)
			blend(U8(1<<i), next, y, y)
		}
		all = append(all, []reg.VecVirtual{y})
	}
	return all
}

// halves loads the two halves of a vector.
func halves(lo, hi Mem) reg.VecVirtual {
	y := YMM()
	VBROADCASTF128(lo, y)
	VINSERTF128(U8(1), hi, y, y)
	return y
}

// transpose2 is, of two vectors of two doubles in each half, the vectors of
// their first and of their second ones.
func transpose2(a, b reg.VecVirtual) []reg.VecVirtual {
	c := []reg.VecVirtual{YMM(), YMM()}
	VUNPCKLPD(b, a, c[0])
	VUNPCKHPD(b, a, c[1])
	return c
}

// transpose4 is, of four vectors of four floats in each half, the vectors of
// their first, second, third and fourth ones.
func transpose4(line [4]reg.VecVirtual) []reg.VecVirtual {
	t := [4]reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VUNPCKLPS(line[1], line[0], t[0])
	VUNPCKHPS(line[1], line[0], t[1])
	VUNPCKLPS(line[3], line[2], t[2])
	VUNPCKHPS(line[3], line[2], t[3])
	c := []reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VUNPCKLPD(t[2], t[0], c[0])
	VUNPCKHPD(t[2], t[0], c[1])
	VUNPCKLPD(t[3], t[1], c[2])
	VUNPCKHPD(t[3], t[1], c[3])
	return c
}

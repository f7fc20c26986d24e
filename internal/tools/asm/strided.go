package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// strided writes a function that computes one row of outputs whose elements lie
// a step apart in the image, or, of a filter whose shape is known, two that lie
// as far apart. Two rows at once read twice as many rows of the image side by
// side, which keeps more of memory busy.
//
// A vector of outputs needs a vector of elements a step apart for every tap. It
// is put together by transposing: what is next to each other in memory is loaded
// once for all taps that want it. Where fewer taps are left than a group of
// neighbours has, the group overlaps the one before; only a filter that is
// narrower than a group has its elements loaded one by one. So nothing is read
// that no output needs.
//
// As in dense, sums stay in registers over all taps, the last vectors end where
// the row ends, and of two rows of outputs the second one's rows come first.
func strided(e elem, rows int, f shape) {
	name := functionName(fmt.Sprintf("strided%d", rows), f, e)
	begin(name, fmt.Sprintf("%s computes %d x n outputs, step apart, with %s; n is at least %d.", name, rows, f.phrase(), e.lanes))
	s := &stridedFunc{elem: e, rows: rows, filter: f}
	s.i, s.x, s.step = GP64(), field("first"), field("step")
	if rows == 2 {
		s.ahead = GP64()
		LEAQ(Mem{Base: s.step, Index: s.step, Scale: 2}, s.ahead)
		scale(s.ahead, sliceHeader/3)
	}
	XORQ(s.i, s.i)
	scale(s.x, e.size)
	scale(s.step, e.size)
	s.end = field("n")
	if rows == 2 {
		s.pairs, s.start = field("pairs"), GP64()
		MOVQ(s.x, s.start)
	}
	s.step3, s.step5, s.step7 = GP64(), GP64(), GP64()
	LEAQ(Mem{Base: s.step, Index: s.step, Scale: 2}, s.step3)
	LEAQ(Mem{Base: s.step, Index: s.step, Scale: 4}, s.step5)
	LEAQ(Mem{Base: s.step3, Index: s.step, Scale: 4}, s.step7)
	if !f.any() {
		s.weights = s.reversed()
	}

	if rows == 1 && 2*s.lanes <= mostOutputs {
		s.tiles("wide", 2, "thin")
	}
	s.tiles("thin", 1, "")
	Label("done")
	if rows == 2 {
		s.nextPair()
	}
	VZEROUPPER()
	RET()
}

// mostOutputs is how many outputs of a row are summed at once, at most: pointers to
// more would not fit the registers.
const mostOutputs = 16

type stridedFunc struct {
	elem
	labels
	rows                      int
	filter                    shape
	i                         reg.GPVirtual    // outputs so far
	x                         reg.GPVirtual    // what output i begins to read, in bytes from the start of a row
	step, step3, step5, step7 reg.GPVirtual    // in bytes
	ahead                     reg.GPVirtual    // from the header of a row of the image to that of the one a step further, in bytes
	weights                   []reg.VecVirtual // of a filter whose shape is known, a row each
	end                       reg.GPVirtual    // i at the end of the rows
	// Of two rows of outputs, which may be the first of several pairs:
	pairs reg.GPVirtual // that are left, with this one
	start reg.GPVirtual // x at the rows' beginning
}

// nextPair goes on with the next two rows of outputs, if there are any: all that is
// read and written lies a constant further.
func (s *stridedFunc) nextPair() {
	DECQ(s.pairs)
	last := s.next("last")
	JEQ(LabelRef(last))
	n, below, down := field("n"), field("below"), field("down")
	MOVQ(s.end, s.i)
	SUBQ(n, s.i)
	ADDQ(below, s.i)
	ADDQ(below, s.end)
	scale(down, s.size)
	ADDQ(down, s.start)
	MOVQ(s.start, s.x)
	JMP(LabelRef("thin"))
	Label(last)
}

// tiles computes tiles of some vectors of outputs while they fit, then one that
// ends where the row ends. When the row is shorter than one, it goes to otherwise.
func (s *stridedFunc) tiles(label string, vectors int, otherwise string) {
	size := vectors * s.lanes
	Label(label)
	left := GP64()
	MOVQ(s.end, left)
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

// tile computes vectors of outputs of every row, from i on.
func (s *stridedFunc) tile(vectors int) {
	acc := make([][]reg.VecVirtual, s.rows)
	for r := range acc {
		acc[r] = make([]reg.VecVirtual, vectors)
		for v := range acc[r] {
			acc[r][v] = s.vector()
			s.zero(acc[r][v])
		}
	}
	outputs := func(what string, r, v int) Mem {
		return Mem{Base: field(fmt.Sprintf("%s%d", what, r)), Index: s.i, Scale: uint8(s.size), Disp: s.bytes * v}
	}
	fresh := s.next("fresh")
	from := field("from0")
	TESTQ(from, from)
	JEQ(LabelRef(fresh))
	for r := range acc {
		for v := range acc[r] {
			s.load(outputs("from", r, v), acc[r][v])
		}
	}
	Label(fresh)
	if s.filter.any() {
		s.sumAny(acc[0])
	} else {
		s.sumFixed(acc)
	}
	for r := range acc {
		for v := range acc[r] {
			s.load(acc[r][v], outputs("dst", r, v))
		}
	}
}

// sumFixed adds all terms of a filter of four columns: no loop. Neighbours are
// multiplied as they lie in memory, and the products transposed: so a row of the
// filter takes one register, which keeps it for the whole row of outputs.
func (s *stridedFunc) sumFixed(acc [][]reg.VecVirtual) {
	header := field("rows")
	for j, weights := range s.weights {
		for r := range acc {
			at := Mem{Base: header, Disp: sliceHeader * j}
			if r < s.rows-1 {
				at.Index, at.Scale = s.ahead, 1
			}
			p := s.places(len(acc[r]), func(p reg.GPVirtual) {
				MOVQ(at, p)
				ADDQ(s.x, p)
			})
			for v, sum := range acc[r] {
				products := s.quads(p, v*s.lanes, weights)
				for c := 3; c >= 0; c-- {
					s.add(products[c], sum, sum)
				}
			}
		}
	}
}

// reversed loads a filter of four columns, each row in a register from its last
// coefficient to its first, which is what neighbours in the image take; as often as
// a vector holds four.
func (s *stridedFunc) reversed() []reg.VecVirtual {
	filter := field("filter")
	rows := make([]reg.VecVirtual, s.filter.rows)
	for j := range rows {
		rows[j] = s.vector()
		row := Mem{Base: filter, Disp: s.size * 4 * j}
		switch {
		case s.size == 4:
			s.broadcastQuarter(row, rows[j])
			VPERMILPS(U8(0x1b), rows[j], rows[j])
		case s.bytes == 32:
			VPERMPD(U8(0x1b), row, rows[j])
		default:
			VBROADCASTF64X4(row, rows[j])
			VPERMPD(U8(0x1b), rows[j], rows[j])
		}
	}
	return rows
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
		weight := s.vector()
		s.broadcast(weights, weight)
		weights.Disp += s.size
		for v := range acc {
			product := s.vector()
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

// group is how many neighbours are loaded at once: what a quarter of a vector holds.
func (s *stridedFunc) group() int { return quarter / s.size }

// columns loads a group of neighbours for every output: [v][c] is, for vector v,
// the outputs' element c from disp on.
func (s *stridedFunc) columns(vectors int, p places, disp int) [][]reg.VecVirtual {
	var all [][]reg.VecVirtual
	for v := range vectors {
		line := make([]reg.VecVirtual, s.group())
		for i := range line {
			line[i] = s.line(p, v*s.lanes+i, disp)
		}
		if s.size == 8 {
			all = append(all, s.transpose2(line[0], line[1]))
		} else {
			all = append(all, s.transpose4(line))
		}
	}
	return all
}

// line loads a group of neighbours for one output of each group of a vector's, the
// first of which is i.
func (s *stridedFunc) line(p places, i, disp int) reg.VecVirtual {
	return s.parts(func(part int) Mem { return s.output(p, i+part*s.group(), disp) })
}

// quads multiplies four neighbours of each of a vector's outputs, from the first
// on, by weights: element c of the result is the outputs' products c.
func (s *stridedFunc) quads(p places, first int, weights reg.VecVirtual) []reg.VecVirtual {
	x := make([]reg.VecVirtual, 4)
	for i := range x {
		switch {
		case s.size == 4:
			x[i] = s.line(p, first+i, 0)
			s.mul(x[i], weights, x[i])
		case s.bytes == 32:
			x[i] = s.vector()
			s.mul(s.output(p, first+i, 0), weights, x[i])
		default:
			// Neighbours take half a vector: outputs 0 and 2, 1 and 3, 4 and 6, 5 and 7.
			at := first + i/2*4 + i%2
			x[i] = s.vector()
			VBROADCASTF64X4(s.output(p, at, 0), x[i])
			VINSERTF64X4(U8(1), s.output(p, at+2, 0), x[i], x[i])
			s.mul(x[i], weights, x[i])
		}
	}
	if s.size == 4 {
		return s.transpose4(x)
	}
	lo, hi := s.transpose2(x[0], x[1]), s.transpose2(x[2], x[3])
	c := make([]reg.VecVirtual, 4)
	for i := range 2 {
		c[i], c[i+2] = s.vector(), s.vector()
		if s.bytes == 32 {
			VPERM2F128(U8(0x20), hi[i], lo[i], c[i])
			VPERM2F128(U8(0x31), hi[i], lo[i], c[i+2])
		} else {
			// Of both vectors the quarters 0 and 2, and 1 and 3.
			VSHUFF64X2(U8(0x88), hi[i], lo[i], c[i])
			VSHUFF64X2(U8(0xdd), hi[i], lo[i], c[i+2])
		}
	}
	return c
}

// single loads one element for every output: [v][0] is vector v.
func (s *stridedFunc) single(vectors int, p places, disp int) [][]reg.VecVirtual {
	var all [][]reg.VecVirtual
	for v := range vectors {
		y := s.vector()
		s.broadcast(s.output(p, v*s.lanes, disp), y)
		for i := 1; i < s.lanes; i++ {
			s.lane(s.output(p, v*s.lanes+i, disp), i, y)
		}
		all = append(all, []reg.VecVirtual{y})
	}
	return all
}

// lane loads one element into lane i of y.
func (s *stridedFunc) lane(from Mem, i int, y reg.VecVirtual) {
	if s.bytes == 64 {
		bit, mask := GP32(), K()
		MOVL(U32(1<<i), bit)
		KMOVW(bit, mask)
		s.broadcast(from, mask, y)
		return
	}
	blend := VBLENDPD
	if s.size == 4 {
		blend = VBLENDPS
	}
	next := s.vector()
	s.broadcast(from, next)
	blend(U8(1<<i), next, y, y)
}

// transpose2 is, of two vectors of two doubles in each quarter, the vectors of
// their first and of their second ones.
func (s set) transpose2(a, b reg.VecVirtual) []reg.VecVirtual {
	c := []reg.VecVirtual{s.vector(), s.vector()}
	VUNPCKLPD(b, a, c[0])
	VUNPCKHPD(b, a, c[1])
	return c
}

// transpose4 is, of four vectors of four floats in each quarter, the vectors of
// their first, second, third and fourth ones.
func (s set) transpose4(line []reg.VecVirtual) []reg.VecVirtual {
	t := [4]reg.VecVirtual{s.vector(), s.vector(), s.vector(), s.vector()}
	VUNPCKLPS(line[1], line[0], t[0])
	VUNPCKHPS(line[1], line[0], t[1])
	VUNPCKLPS(line[3], line[2], t[2])
	VUNPCKHPS(line[3], line[2], t[3])
	c := []reg.VecVirtual{s.vector(), s.vector(), s.vector(), s.vector()}
	VUNPCKLPD(t[2], t[0], c[0])
	VUNPCKHPD(t[2], t[0], c[1])
	VUNPCKLPD(t[3], t[1], c[2])
	VUNPCKHPD(t[3], t[1], c[3])
	return c
}

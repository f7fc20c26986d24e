package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// wide is how many vectors of outputs of a row are summed at once.
func wide(rows int) int { return 8 / rows }

// dense writes a function that computes one or two rows of outputs, next to each
// other in both directions.
//
// The sums of wide(rows) vectors of outputs of each row stay in registers over all taps; an
// element that is loaded serves both rows. Of what is left at the end of the
// rows, the last vectors are computed where they fit: some outputs twice, with
// the same bits.
//
// rows points to the headers of the image rows in the order of the filter's: of
// two output rows the second one's come first, of which the first one uses all
// but the first.
func dense(e elem, rows int, f shape) {
	d := &denseFunc{elem: e, rows: rows, filter: f}
	name := functionName(fmt.Sprintf("dense%d", rows), f, e)
	begin(name, fmt.Sprintf("%s computes %d x n outputs with %s; n is at least %d.", name, rows, f.phrase(), e.lanes))

	d.i, d.end = GP64(), field("n")
	scale(d.end, e.size)
	XORQ(d.i, d.i)
	w := e.bytes * wide(rows)
	d.tiles("wide", w, wide(rows), "narrow")
	Label("narrow")
	d.tiles("thin", e.bytes, 1, "")
	Label("done")
	VZEROUPPER()
	RET()
}

type denseFunc struct {
	elem
	labels
	rows   int
	filter shape
	i, end reg.GPVirtual // of a row of outputs, in bytes
}

// tiles computes tiles of a size in bytes while they fit, then one that ends
// where the row ends. When the row is shorter than one, it goes to otherwise.
func (d *denseFunc) tiles(label string, size, vectors int, otherwise string) {
	Label(label)
	left := GP64()
	MOVQ(d.end, left)
	SUBQ(d.i, left)
	JLE(LabelRef("done"))
	CMPQ(left, U32(size))
	JGE(LabelRef(label + "tile"))
	if otherwise != "" {
		CMPQ(d.end, U32(size))
		JLT(LabelRef(otherwise))
	}
	MOVQ(d.end, d.i)
	SUBQ(U32(size), d.i)
	Label(label + "tile")
	d.tile(vectors)
	ADDQ(U32(size), d.i)
	JMP(LabelRef(label))
}

// tile computes vectors of outputs of every row, from byte i on.
func (d *denseFunc) tile(vectors int) {
	acc := make([][]reg.VecVirtual, d.rows)
	for r := range acc {
		acc[r] = make([]reg.VecVirtual, vectors)
		for v := range acc[r] {
			acc[r][v] = d.vector()
		}
	}
	d.begin(acc)
	if d.filter.any() {
		d.sumAny(acc)
	} else {
		d.sumFixed(acc)
	}
	for r := range acc {
		dst := field(fmt.Sprintf("dst%d", r))
		for v := range acc[r] {
			d.load(acc[r][v], Mem{Base: dst, Index: d.i, Scale: 1, Disp: d.bytes * v})
		}
	}
}

// begin sets the sums to zero, or to where they were left.
func (d *denseFunc) begin(acc [][]reg.VecVirtual) {
	for r := range acc {
		for v := range acc[r] {
			d.zero(acc[r][v])
		}
	}
	fresh := d.next("fresh")
	from := field("from0")
	TESTQ(from, from)
	JEQ(LabelRef(fresh))
	for r := range acc {
		from := field(fmt.Sprintf("from%d", r))
		for v := range acc[r] {
			d.load(Mem{Base: from, Index: d.i, Scale: 1, Disp: d.bytes * v}, acc[r][v])
		}
	}
	Label(fresh)
}

// taps adds the terms of one tap to the sums of some rows: h[r] is where row
// r's coefficient is, nil for a row that has none here.
func (d *denseFunc) taps(acc [][]reg.VecVirtual, x Mem, h []*Mem) {
	weight := make([]reg.VecVirtual, d.rows)
	used := 0
	for r := range h {
		if h[r] != nil {
			weight[r] = d.vector()
			d.broadcast(*h[r], weight[r])
			used++
		}
	}
	for v := range acc[0] {
		at := x
		at.Disp += d.bytes * v
		var loaded Op = at
		if used > 1 {
			y := d.vector()
			d.load(at, y)
			loaded = y
		}
		for r := len(h) - 1; r >= 0; r-- {
			if h[r] == nil {
				continue
			}
			product := d.vector()
			d.mul(loaded, weight[r], product)
			d.add(product, acc[r][v], acc[r][v])
		}
	}
}

// sumFixed adds all terms of a filter whose shape is known: no loop.
func (d *denseFunc) sumFixed(acc [][]reg.VecVirtual) {
	header, filter, first := field("rows"), field("filter"), field("first")
	x := GP64()
	LEAQ(Mem{Base: d.i, Index: first, Scale: uint8(d.size)}, x)
	for line := range d.filter.rows + d.rows - 1 {
		row := GP64()
		MOVQ(Mem{Base: header, Disp: sliceHeader * line}, row)
		for k := range d.filter.cols {
			h := make([]*Mem, d.rows)
			for r := range h {
				// Of two output rows, the second one is a filter row ahead.
				j := line - (d.rows - 1 - r)
				if 0 <= j && j < d.filter.rows {
					h[r] = &Mem{Base: filter, Disp: d.size * (j*d.filter.cols + k)}
				}
			}
			d.taps(acc, Mem{Base: row, Index: x, Scale: 1, Disp: d.size * (d.filter.cols - 1 - k)}, h)
		}
	}
}

// sumAny adds all terms of a filter of any shape.
func (d *denseFunc) sumAny(acc [][]reg.VecVirtual) {
	header, h, count := field("rows"), field("filter"), field("frows")
	x := field("first")
	cols := field("fcols")
	ADDQ(cols, x)
	DECQ(x)
	scale(x, d.size)
	ADDQ(d.i, x)
	stride := field("fstride")
	scale(stride, d.size)

	// h is at the filter row of the last output row, which is ahead.
	line := func(rows ...bool) {
		p, k, f := GP64(), field("fcols"), GP64()
		MOVQ(Mem{Base: header}, p)
		ADDQ(x, p)
		MOVQ(h, f)
		loop := d.next("taps")
		Label(loop)
		at := make([]*Mem, d.rows)
		for r := range at {
			if !rows[r] {
				continue
			}
			at[r] = &Mem{Base: f}
			if r < d.rows-1 {
				at[r] = &Mem{Base: f, Index: stride, Scale: 1}
			}
		}
		d.taps(acc, Mem{Base: p}, at)
		SUBQ(U8(d.size), p)
		ADDQ(U8(d.size), f)
		DECQ(k)
		JNE(LabelRef(loop))
		ADDQ(U8(sliceHeader), header)
	}
	if d.rows == 1 {
		loop := d.next("rows")
		Label(loop)
		line(true)
		ADDQ(stride, h)
		DECQ(count)
		JNE(LabelRef(loop))
		return
	}
	line(false, true)
	ADDQ(stride, h)
	NEGQ(stride)
	last, loop := d.next("last"), d.next("rows")
	Label(loop)
	DECQ(count)
	JEQ(LabelRef(last))
	line(true, true)
	SUBQ(stride, h)
	JMP(LabelRef(loop))
	Label(last)
	line(true, false)
}

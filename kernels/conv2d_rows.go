package kernels

import (
	"sync"
	"unsafe"
)

// conv2dRows is the order in which the fast versions work: row after row of
// outputs, two at a time where they are near, each by rowSums.
//
// Idea: a row of outputs needs filter.Rows rows of the image. Where each comes
// from is settled once: a row outside of the image is a row of fill values or,
// wrapped and mirrored, one of the image's. Columns are split into an interior,
// whose outputs read image rows in place, and the two edges, which read copies
// of the few columns that they need, extended by what lies outside of the image
// (conv2d_columns.go).
//
// Cost: as many multiplications as the reference. Of an image in main memory
// every row that a kept output touches is read once.
type conv2dRows[T Float] struct {
	conv2d[T]
	inner[T]
	scratch *sync.Pool // of *scratch[T], so that Apply allocates nothing
}

// inner is an inner loop, and how it is best called.
type inner[T Float] struct {
	sums   rowSums[T]
	pairs  func(step int, filter Shape) bool // whether two rows of outputs are quicker at once
	fetch  func(part []T)                    // asks memory for part, which is read soon; nil: nothing does
	swept  pairsSums[T]                      // computes pairs with a step above 1; nil: nothing does
	least  int                               // how many outputs of a row swept wants at least
	vector int                               // how many outputs of a row sums wants at least, to be fast
}

// rowSums computes one row of outputs, or two of the same length that are a step
// apart. Output i of row r of out is the sum over j, k, in the order of conv2d,
// of
//
//	filter[j, k] * rows[(len(out)-1-r)*step+j][first+i*step+filter.Cols-1-k]
//
// There are filter.Rows rows, and as many as a step more for two rows of outputs.
type rowSums[T Float] func(out, rows [][]T, first, step int, filter Array[T])

// scratch is what one Apply works with. Its slices only grow.
type scratch[T Float] struct {
	columns columns
	rows    [][]T    // the image rows, or rows of fill values, that outputs read
	copies  [3][][]T // what wide edges read of them
	ring    [3][][]T // the copies by their row's number modulo the length
	next    int      // the number of the first row that was not copied
	out     [2][]T   // what sums writes
	lines   [2][]T   // rows of outputs, of which some are dropped
	fill    []T      // a row of fill values
}

func newConv2dRows[T Float](o Options, loop inner[T]) (conv2dRows[T], error) {
	c, err := newConv2d[T](o)
	return conv2dRows[T]{c, loop, &sync.Pool{New: func() any { return new(scratch[T]) }}}, err
}

// Apply computes the convolution.
func (c conv2dRows[T]) Apply(dst, array, params Array[T]) {
	image, filter, rows, cols := c.ordered(dst, array, params)
	s := c.scratch.Get().(*scratch[T])
	defer c.release(s)

	a := application[T]{conv2dRows: c, s: s, dst: dst, image: image, filter: filter, rows: rows, step: c.stride, pair: 1}
	a.inert = c.boundary == BoundaryFill && c.fill == 0 && finite(filter.Data)
	if size := int(unsafe.Sizeof(T(0))); c.fetch != nil && image.Cols*size <= narrowRow {
		a.ahead = min(len(image.Data), aheadBytes/size)
	}
	if c.all {
		a.step = 1
	}
	if a.step < rows.outputs && c.pairs(a.step, filter.Shape()) {
		a.pair = 2
	}
	a.sweeps = a.swept != nil && a.pair == 2 && a.step > 1 && a.inert && !a.drops()
	s.columns.split(c.boundary, cols, a.step, c.vector)
	held := filter.Rows + (a.pair-1)*a.step
	s.rows = grow(s.rows, held)
	for p, e := range s.columns.edges {
		if e.wide {
			s.ring[p], s.copies[p] = grow(s.ring[p], held), grow(s.copies[p], held)
		}
	}
	if a.drops() {
		for i := range s.lines {
			s.lines[i] = grow(s.lines[i], cols.outputs)
		}
	}
	size := blockOutputs[T](held, filter.Rows, a.step)
	for from := 0; from < s.columns.n; {
		b := s.columns.block(from, size)
		s.next = 0
		for m := 0; m < rows.outputs; {
			if n := a.sweep(m, &b); n > 0 {
				m += n * a.step
				continue
			}
			a.compute(m, min(a.pair, (rows.outputs-m-1)/a.step+1), &b)
			m += a.step * a.pair
		}
		from = b.to
	}
}

// release gives the scratch back, without its pointers into the caller's arrays.
func (c conv2dRows[T]) release(s *scratch[T]) {
	clear(s.rows)
	clear(s.out[:])
	c.scratch.Put(s)
}

// application is one Apply.
type application[T Float] struct {
	conv2dRows[T]
	s                  *scratch[T]
	dst, image, filter Array[T]
	rows               axis
	step               int  // between the outputs that are computed
	pair               int  // how many rows of outputs are computed at once: 1 or 2
	ahead              int  // how far ahead of the rows memory is asked for, in elements; 0: it is not
	inert              bool // what lies outside of the image adds nothing to a sum
	sweeps             bool // pairs of rows of outputs are computed several at once
}

// Along a wide row, processors ask for what follows by themselves. Of narrow rows, each
// ends before they know, and a small image before its rows are known; what follows in
// memory is the next row, and then likely the next image. 4,096 images of 32x32, strided:
// 8.2 ms instead of 14.3 (ADR 0017); rows of 24 KB were not quicker, and rows of 8 KB slower.
const (
	narrowRow  = 2 << 10 // bytes
	aheadBytes = 8 << 10 // bytes: longer than memory takes, and well within the first-level cache
)

// drops tells whether more outputs are computed than kept.
func (a *application[T]) drops() bool { return a.step != a.stride }

// compute computes n rows of outputs, a step apart, from row m on, in a block.
func (a *application[T]) compute(m, n int, b *block) {
	s, bottom := a.s, m+(n-1)*a.step
	rows := s.rows[:a.filter.Rows+bottom-m]
	a.point(rows, bottom)
	last := min(max(bottom+a.rows.shift, 0), a.image.Rows-1)
	a.fetchAhead(max(last-min(len(rows), a.step*n)+1, 0), last)
	var lines [2][]T
	for r := range n {
		lines[r] = a.line(m, r)
	}
	// The interior first: it reads rows from end to end, as memory likes it best.
	for _, part := range [...]int{interior, left, right} {
		e := b.spans[part]
		if e.from >= e.to {
			continue
		}
		for r := range n {
			s.out[r] = lines[r][e.from:e.to]
		}
		switch {
		case part == interior:
			a.sums(s.out[:n], rows, e.first, a.step, a.filter)
		case s.columns.edges[part].wide:
			a.sums(s.out[:n], a.copy(rows, part, m), 0, a.step, a.filter)
		default:
			for r := range n {
				a.edge(s.out[r], m+r*a.step, rows[(n-1-r)*a.step:][:a.filter.Rows], &s.columns.edges[part])
			}
		}
	}
	s.next = m + len(rows)
	if !a.drops() {
		return
	}
	for r := range n {
		if (m+r)%a.stride == 0 {
			a.keep(m+r, lines[r], b.from, b.to)
		}
	}
}

// fetchAhead asks memory for what lies ahead of rows of the image, from first to last.
func (a *application[T]) fetchAhead(first, last int) {
	if a.ahead == 0 {
		return
	}
	// What follows the image belongs to its array, too, if the slice says so.
	whole := a.image.Data[:cap(a.image.Data)]
	from, to := first*a.image.Cols+a.ahead, (last+1)*a.image.Cols+a.ahead
	a.fetch(whole[min(from, len(whole)):min(to, len(whole))])
}

// point sets rows to those that the filter's rows take for row m of outputs, and
// on for the rows before it.
func (a *application[T]) point(rows [][]T, m int) {
	data, n := a.image.Data, a.image.Cols
	for j := range rows {
		i := source(a.boundary, m+a.rows.shift-j, a.image.Rows)
		if i == outside {
			rows[j] = a.fillRow(n)
		} else {
			rows[j] = data[i*n : (i+1)*n]
		}
	}
}

// copy is what a wide edge reads of rows, which rows of outputs from m on want.
// Rows are numbered from the first that any output wants; a row that stays
// is copied once.
func (a *application[T]) copy(rows [][]T, part, m int) [][]T {
	s := a.s
	ring, copies := s.ring[part], s.copies[part][:len(rows)]
	last := m + len(rows) - 1
	slot := last % len(ring)
	for j, row := range rows {
		if last-j >= s.next {
			ring[slot] = copied(ring[slot], row, &s.columns.edges[part], a.fill)
		}
		copies[j] = ring[slot]
		if slot--; slot < 0 {
			slot = len(ring) - 1
		}
	}
	return copies
}

// line is where row m+r of outputs goes.
func (a *application[T]) line(m, r int) []T {
	if a.drops() {
		return a.s.lines[r]
	}
	i := m/a.step + r
	return a.dst.Data[i*a.dst.Cols : (i+1)*a.dst.Cols]
}

// keep takes those of a row's outputs, of a range, that the stride keeps.
func (a *application[T]) keep(m int, line []T, from, to int) {
	out := a.dst.Data[m/a.stride*a.dst.Cols:][:a.dst.Cols]
	for i := (from + a.stride - 1) / a.stride; i*a.stride < to; i++ {
		out[i] = line[i*a.stride]
	}
}

// fillRow is a row of n fill values. The pool is one kernel's, so what is there
// already holds the right value.
func (a *application[T]) fillRow(n int) []T {
	for len(a.s.fill) < n {
		a.s.fill = append(a.s.fill, a.fill)
	}
	return a.s.fill[:n]
}

// grow is s with length n, moved if it must; what it holds is not kept.
func grow[S ~[]E, E any](s S, n int) S {
	if cap(s) < n {
		return make(S, n)
	}
	return s[:n]
}

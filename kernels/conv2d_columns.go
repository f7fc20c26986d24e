package kernels

import (
	"math"
	"unsafe"
)

// span is a range of the outputs of a row.
type span struct {
	from, to int
	first    int // the column that output from begins to read
}

// The parts of a row, which index its spans.
const (
	left = iota
	interior
	right
)

// columns is how the outputs of a row are computed: an interior, which reads
// columns of the image in place, and the edges before and after it.
type columns struct {
	n     int // outputs
	step  int // between them
	spans [3]span
	edges [3]edge // of spans left and right
}

// edge says where the columns come from that the outputs of an edge read. A wide
// one, large enough for vectors, reads copies of them.
type edge struct {
	wide  bool
	start int // the column that the first output begins to read; it may lie outside
	// The sources of all columns; of a wide edge only of those to the left and to
	// the right of the image.
	cols, after []int
	from, to    int // wide: what is of the image between these
}

// split divides a row's outputs, step apart, for sums that want so many of them
// at least. A wide edge may reach into the interior.
func (c *columns) split(b Boundary, a axis, step, vector int) {
	c.n, c.step = (a.outputs-1)/step+1, step
	// Output i reads the columns from i*step+low to i*step+a.shift.
	low := a.shift - (a.taps - 1)
	from, to := 0, 0
	if low < 0 {
		from = (-low-1)/step + 1
	}
	if last := a.extent - 1 - a.shift; last >= 0 {
		to = min(c.n, last/step+1)
	}
	if from >= to {
		from, to = c.n, c.n
	}
	l, lwide := widened(from, c.n, step, a.taps, vector)
	r, rwide := widened(c.n-to, c.n, step, a.taps, vector)
	c.spans = [3]span{{0, l, 0}, {from, to, from*step + low}, {c.n - r, c.n, 0}}
	c.edges[left].set(b, a, low, l, step, lwide)
	c.edges[right].set(b, a, (c.n-r)*step+low, r, step, rwide)
}

// widened is how many outputs an edge of some computes, of a row of n, and
// whether it is wide: a vector's worth where copying what they read costs less
// than to do without vectors.
func widened(some, n, step, taps, vector int) (int, bool) {
	switch {
	case some >= vector:
		return some, true
	case some > 0 && vector <= n && step*(vector-some) <= 2*some*taps:
		return vector, true
	}
	return some, false
}

// set makes e that of n outputs that read from a column on, which may lie
// outside of the image.
func (e *edge) set(b Boundary, a axis, from, n, step int, wide bool) {
	*e = edge{wide: wide, start: from, cols: e.cols[:0], after: e.after[:0]}
	if n == 0 {
		return
	}
	to := from + (n-1)*step + a.taps
	if !wide {
		e.cols = sources(e.cols, b, from, to, a.extent)
		return
	}
	e.cols = sources(e.cols, b, from, min(to, 0), a.extent)
	e.after = sources(e.after, b, max(from, a.extent), to, a.extent)
	e.from = min(max(from, 0), a.extent)
	e.to = max(e.from, min(to, a.extent))
}

// sources appends the sources of columns.
func sources(cols []int, b Boundary, from, to, extent int) []int {
	for col := from; col < to; col++ {
		cols = append(cols, source(b, col, extent))
	}
	return cols
}

// copied is what a wide edge reads of a row; in dst, if it is large enough.
func copied[T Float](dst, row []T, e *edge, fill T) []T {
	dst = grow(dst, len(e.cols)+e.to-e.from+len(e.after))
	lookUp(dst, row, e.cols, fill)
	copy(dst[len(e.cols):], row[e.from:e.to])
	lookUp(dst[len(dst)-len(e.after):], row, e.after, fill)
	return dst
}

func lookUp[T Float](dst, row []T, cols []int, fill T) {
	for i, col := range cols {
		dst[i] = fill
		if col != outside {
			dst[i] = row[col]
		}
	}
}

// block is a range of the outputs of a row that is computed for all rows before
// the next one is, so that what several rows of outputs read stays in the cache.
type block struct {
	from, to int
	spans    [3]span
}

// cacheBytes is what the rows that a block reads may take: half of a common
// second-level cache.
const cacheBytes = 256 << 10

// leastBlock is how many outputs a block has at least.
const leastBlock = 512

// blockOutputs is how many outputs of a row make a block when rows of the image
// are held and a filter has frows.
func blockOutputs[T Float](held, frows, step int) int {
	if step >= frows {
		return math.MaxInt // no row is read again
	}
	return max(leastBlock, cacheBytes/held/step/int(unsafe.Sizeof(T(0))))
}

// block is the block of about size outputs that begins with output from, which
// is 0 or where another block ends. An edge is never cut.
func (c *columns) block(from, size int) block {
	b := block{from: from, to: c.n, spans: c.spans}
	l, in, r := &b.spans[left], &b.spans[interior], &b.spans[right]
	if from > 0 {
		*l = span{}
	}
	// The last block is up to half as large again.
	if rest := c.n - max(from, l.to); rest > size && rest-size > size/2 {
		if to := max(from, l.to) + size; to <= r.from {
			b.to = to
			*r = span{}
		}
	}
	if from > in.from {
		in.first += (from - in.from) * c.step
		in.from = from
	}
	in.to = min(in.to, b.to)
	return b
}

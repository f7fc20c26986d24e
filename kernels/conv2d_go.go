package kernels

import "sync"

// conv2dGo is the portable fast version: the reference's sums, term by term in
// the same order and therefore with the same bits, computed output row by output
// row.
//
// Idea: a row of outputs needs filter.Rows rows of the image. Which ones is
// settled once a row, by pointers to them; rows outside of the image point to a
// row of fill values or, wrapped and mirrored, back into the image. Columns are
// split into an interior, which reads the rows in place without looking at
// bounds, and the two edges, which look up where every column comes from.
// Inner loops are unrolled over 4 taps, and over all 16 of a 4x4 filter
// (conv2d_taps.go); there is one bounds check an output in them.
//
// Cost: as many multiplications as the reference. Of an image in main memory
// every row that a kept output touches is read once.
type conv2dGo[T Float] struct {
	conv2d[T]
	scratch *sync.Pool // of *scratch[T], so that Apply allocates nothing
}

// scratch is what one Apply works with. Its slices only grow.
type scratch[T Float] struct {
	rows [][]T // the image row of every filter row, for one output row
	fill []T   // a row of fill values
	line []T   // a row of outputs, of which some are dropped
	cols []int // the source columns of both edges
}

func newConv2dGo[T Float](o Options) (Kernel[T], error) {
	c, err := newConv2d[T](o)
	return conv2dGo[T]{c, &sync.Pool{New: func() any { return new(scratch[T]) }}}, err
}

// chunk is how many outputs are accumulated over all filter rows before going
// on to the next ones, so that they and what they read stay in the first-level
// cache: 256 outputs of float64 at stride 5 read 10 KiB of every row.
const chunk = 256

// Apply computes the convolution.
func (c conv2dGo[T]) Apply(dst, array, params Array[T]) {
	image, filter, rows, cols := c.ordered(dst, array, params)
	s := c.scratch.Get().(*scratch[T])
	defer c.release(s)

	step := c.stride
	if c.all {
		step = 1
	}
	s.rows = grow(s.rows, filter.Rows)
	left, interior, right := c.split(s, cols, step)
	for m := 0; m < rows.outputs; m += step {
		c.point(s, image, m, rows)
		var out []T
		kept := m%c.stride == 0
		if kept {
			i := m / c.stride
			out = dst.Data[i*dst.Cols : (i+1)*dst.Cols]
		}
		line := out
		if step != c.stride {
			s.line = grow(s.line, cols.outputs)
			line = s.line
		}
		c.edge(line, s, left, filter, step)
		c.interior(line, s, interior, filter, step)
		c.edge(line, s, right, filter, step)
		if kept && step != c.stride {
			for i := range out {
				out[i] = line[i*c.stride]
			}
		}
	}
}

// release gives the scratch back, without its pointers into the image.
func (c conv2dGo[T]) release(s *scratch[T]) {
	clear(s.rows)
	c.scratch.Put(s)
}

// point sets s.rows to the image rows that output row m needs.
func (c conv2dGo[T]) point(s *scratch[T], image Array[T], m int, rows axis) {
	for j := range s.rows {
		i := source(c.boundary, m+rows.shift-j, image.Rows)
		if i == outside {
			s.rows[j] = c.fillRow(s, image.Cols)
		} else {
			s.rows[j] = image.Data[i*image.Cols : (i+1)*image.Cols]
		}
	}
}

// fillRow is a row of n fill values. The pool is one kernel's, so what is there
// already holds the right value.
func (c conv2dGo[T]) fillRow(s *scratch[T], n int) []T {
	for len(s.fill) < n {
		s.fill = append(s.fill, c.fill)
	}
	return s.fill[:n]
}

// span is a range of the outputs of a row, counted after the step.
type span struct {
	from, to int
	first    int   // the lowest column that output from reads
	cols     []int // an edge: the sources of the columns that its outputs read
}

// split divides a row's outputs into those that read columns of the image only
// and the edges before and after them. When no output is interior, all are left.
func (c conv2dGo[T]) split(s *scratch[T], a axis, step int) (left, interior, right span) {
	n := (a.outputs-1)/step + 1
	// Output i reads the columns from i*step+low to i*step+a.shift.
	low := a.shift - (a.taps - 1)
	from, to := 0, 0
	if low < 0 {
		from = (-low-1)/step + 1
	}
	if last := a.extent - 1 - a.shift; last >= 0 {
		to = min(n, last/step+1)
	}
	if from >= to {
		from, to = n, n
	}
	left = span{from: 0, to: from, first: low}
	interior = span{from: from, to: to, first: from*step + low}
	right = span{from: to, to: n, first: to*step + low}

	s.cols = c.sources(s.cols[:0], a, left, step)
	nleft := len(s.cols)
	s.cols = c.sources(s.cols, a, right, step)
	left.cols, right.cols = s.cols[:nleft], s.cols[nleft:]
	return left, interior, right
}

// sources appends the sources of the columns that the outputs of an edge read.
func (c conv2dGo[T]) sources(cols []int, a axis, e span, step int) []int {
	if e.from == e.to {
		return cols
	}
	for col := e.first; col <= (e.to-1)*step+a.shift; col++ {
		cols = append(cols, source(c.boundary, col, a.extent))
	}
	return cols
}

// interior computes the outputs of a span from the rows in place.
func (c conv2dGo[T]) interior(line []T, s *scratch[T], e span, filter Array[T], step int) {
	if filter.Rows == 4 && filter.Cols == 4 {
		if e.from < e.to {
			r := s.rows
			taps4x4(line[e.from:e.to], r[0][e.first:], r[1][e.first:], r[2][e.first:], r[3][e.first:], step, (*[16]T)(filter.Data))
		}
		return
	}
	for from := e.from; from < e.to; from += chunk {
		out := line[from:min(from+chunk, e.to)]
		first := e.first + (from-e.from)*step
		clear(out)
		for j, row := range s.rows {
			taps(out, row[first:], step, filter.Data[j*filter.Cols:(j+1)*filter.Cols])
		}
	}
}

// edge computes the outputs of a span, looking up the source of every column.
func (c conv2dGo[T]) edge(line []T, s *scratch[T], e span, filter Array[T], step int) {
	for i := e.from; i < e.to; i++ {
		cols := e.cols[(i-e.from)*step:][:filter.Cols]
		var sum T
		for j, row := range s.rows {
			for k, w := range filter.Data[j*filter.Cols:][:filter.Cols] {
				x := c.fill
				if col := cols[len(cols)-1-k]; col != outside {
					x = row[col]
				}
				sum += T(w * x)
			}
		}
		line[i] = sum
	}
}

// grow is s with length n, moved if it must; what it holds is not kept.
func grow[S ~[]E, E any](s S, n int) S {
	if cap(s) < n {
		return make(S, n)
	}
	return s[:n]
}

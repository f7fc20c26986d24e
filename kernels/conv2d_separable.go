package kernels

import "math"

// rankTolerance is how far an element of the filter may lie from the product of
// its row's and its column's factor, relative to its own magnitude and in units of
// the type's rounding error: what is left of a product that was computed in a few steps.
const rankTolerance = 32

// factors splits a filter into a column and a row whose product it is, each
// element to within rankTolerance; false if there are none, or nothing to split.
//
// Idea: with a pivot, the largest magnitude, rank 1 means h[j,k] = h[j,p] h[q,k] / h[q,p]. The column,
// h[j,p] / h[q,p], holds no more than 1 in magnitude, so that the second
// pass of a convolution neither overflows nor magnifies what underflowed in the first.
func factors[T Float](filter Array[T]) (column, row Array[T], ok bool) {
	if filter.Rows == 1 || filter.Cols == 1 {
		return column, row, false
	}
	at := 0
	for i, x := range filter.Data {
		if math.Abs(float64(x)) > math.Abs(float64(filter.Data[at])) {
			at = i
		}
	}
	q, p := at/filter.Cols, at%filter.Cols
	pivot := filter.Data[at]
	u := Array[T]{Rows: filter.Rows, Cols: 1, Data: make([]T, filter.Rows)}
	v := Array[T]{Rows: 1, Cols: filter.Cols, Data: filter.Data[q*filter.Cols : (q+1)*filter.Cols]}
	epsilon := 0x1p-53
	if _, single := any(T(0)).(float32); single {
		epsilon = 0x1p-24
	}
	for j := range u.Data {
		u.Data[j] = filter.Data[j*filter.Cols+p] / pivot
		for k, x := range v.Data {
			h := float64(filter.Data[j*filter.Cols+k])
			// A filter that holds a NaN or an infinity fails here, for its pivot's row.
			if !(math.Abs(float64(u.Data[j])*float64(x)-h) <= rankTolerance*epsilon*math.Abs(h)) {
				return column, row, false
			}
		}
	}
	return u, v, true
}

// separable is what one convolution by row and column works with.
type separable[T Float] struct {
	ends  edge
	ext   []T    // a row of the image, extended by what lies outside
	lines [2][]T // rows of outputs, of which some are dropped
	ring  [][]T  // rows convolved with the row, by their number modulo the length
	rows  [][]T
	fill  []T
}

// separate convolves every row that outputs need with the filter's row, and what
// comes of it with the filter's column. It returns false, with dst in disorder, if an element
// is larger than the limit.
//
// Cost: for outputs m by n, step s apart, and a filter of R x C: about (s*m+R)*n*C
// + m*n*R products in the place of m*n*R*C.
// Memory: R+1 rows of a block of outputs.
func (c conv2dMethods[T]) separate(dst, image, column, row Array[T], rows, cols axis, limit float64) bool {
	s := c.separables.Get().(*separable[T])
	defer c.separables.Put(s)
	step, pair := c.step(), 1
	if step == 1 {
		pair = min(2, rows.outputs)
	}
	held := column.Rows + pair - 1
	s.ring, s.rows = grow(s.ring, held), grow(s.rows, held)
	defer clear(s.rows)
	n := (cols.outputs-1)/step + 1
	size := blockOutputs[T](held+pair, math.MaxInt, 1)
	for from := 0; from < n; from += size {
		if !c.separateBlock(s, dst, image, column, row, rows, cols, from, min(from+size, n), T(limit)) {
			return false
		}
	}
	return true
}

// separateBlock computes the outputs from a column to another.
func (c conv2dMethods[T]) separateBlock(s *separable[T], dst, image, column, row Array[T], rows, cols axis, from, to int, limit T) bool {
	step, held := c.step(), len(s.ring)
	pair := held - column.Rows + 1
	s.ends.set(c.boundary, cols, from*step+cols.shift-(cols.taps-1), to-from, step, true)
	for len(s.fill) < image.Cols {
		s.fill = append(s.fill, c.fill)
	}
	var in, out [2][]T
	next := 0 // the first row that was not convolved; row 0 is the first that any output needs
	for m := 0; m < rows.outputs; m += step * pair {
		lines := min(pair, rows.outputs-m)
		last := m + lines - 1 + column.Rows - 1
		for i := max(next, m); i <= last; i++ {
			in[0] = s.fill[:image.Cols]
			if r := source(c.boundary, i+rows.shift-(rows.taps-1), image.Rows); r != outside {
				in[0] = image.Data[r*image.Cols : (r+1)*image.Cols]
			}
			s.ext = copied(s.ext, in[0], &s.ends, c.fill)
			if !within(s.ext, limit) {
				return false
			}
			slot := &s.ring[i%held]
			*slot = grow(*slot, to-from)
			in[0], out[0] = s.ext, *slot
			c.sums(out[:1], in[:1], 0, step, row)
		}
		next = last + 1
		for j := range column.Rows + lines - 1 {
			s.rows[j] = s.ring[(last-j)%held]
		}
		for l := range lines {
			if step != c.stride {
				s.lines[l] = grow(s.lines[l], to-from)
				out[l] = s.lines[l]
			} else {
				out[l] = dst.Data[(m/step+l)*dst.Cols:][from:to]
			}
		}
		c.sums(out[:lines], s.rows[:column.Rows+lines-1], 0, 1, column)
		if step == c.stride {
			continue
		}
		for l := range lines {
			if (m+l)%c.stride == 0 {
				to := dst.Data[(m+l)/c.stride*dst.Cols:][:dst.Cols]
				for i := (from + c.stride - 1) / c.stride; i*c.stride < from+len(out[l]); i++ {
					to[i] = out[l][i*c.stride-from]
				}
			}
		}
	}
	return true
}

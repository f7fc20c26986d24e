package kernels

import "unsafe"

// pairsSums computes pairs of rows of n outputs, all as a rowSums of two computes the
// first one, of out and rows: every other lies below elements further in out, and reads
// down elements further in rows.
type pairsSums[T Float] func(out [2][]T, n, below int, rows [][]T, first, step, down int, filter []T, pairs int)

// sweepBytes is what the rows of the image that one sweep reads may take, unless two pairs
// take more: the edges come after, and should find what they read in a cache.
const sweepBytes = 2 << 20

// sweep computes pairs of rows of outputs, of which the first begins with row m, by one
// call for the interior of all, and tells how many rows it computed: 0 unless there are
// several pairs all of whose image rows are there, and the edges are narrow.
func (a *application[T]) sweep(m int, b *block) int {
	s, spans := a.s, &b.spans
	in, edges := spans[interior], &s.columns.edges
	whole := spans[left].from == 0 && b.to == s.columns.n && !edges[left].wide && !edges[right].wide
	if !a.sweeps || !whole || in.to-in.from < a.least {
		return 0
	}
	cols, taps := a.image.Cols, a.filter.Rows
	bottom := m + a.step + a.rows.shift // of the image, what the first pair reads last
	top := bottom - a.step - taps + 1
	pairs := min((a.image.Rows-1-bottom)/(2*a.step)+1, ((a.rows.outputs-1-m)/a.step+1)/2)
	pairs = min(pairs, max(2, sweepBytes/(2*a.step*cols*int(unsafe.Sizeof(T(0))))))
	if top < 0 || bottom >= a.image.Rows || pairs < 2 {
		return 0
	}
	a.fetchAhead(top, bottom+2*a.step*(pairs-1))
	rows := s.rows[:taps+a.step]
	for j := range rows {
		rows[j] = a.image.Data[(bottom-j)*cols:]
	}
	for r := range s.out {
		s.out[r] = a.dst.Data[(m/a.step+r)*a.dst.Cols+in.from:]
	}
	a.swept(s.out, in.to-in.from, 2*a.dst.Cols, rows, in.first, a.step, 2*a.step*cols, a.filter.Data, pairs)
	for _, part := range [...]int{left, right} {
		for i := range spans[part].to - spans[part].from {
			a.column(m, 2*pairs, spans[part].from+i, edges[part].start+i*a.step)
		}
	}
	return 2 * pairs
}

// column computes output i, which reads columns from first on, of n rows of outputs from
// row m on: what inside computes of one row.
func (a *application[T]) column(m, n, i, first int) {
	taps, cols := a.filter.Cols, a.image.Cols
	from, to := max(first, 0), min(first+taps, cols)
	width := max(to-from, 0)
	at, out := (m+a.rows.shift)*cols+from, a.dst.Data[m/a.step*a.dst.Cols+i:]
	for r := range n {
		var sum T
		for j := range a.filter.Rows {
			x := a.image.Data[at-j*cols:][:width]
			for k, w := range a.filter.Data[j*taps+first+taps-to:][:width] {
				sum += T(w * x[width-1-k])
			}
		}
		out[r*a.dst.Cols] = sum
		at += a.step * cols
	}
}

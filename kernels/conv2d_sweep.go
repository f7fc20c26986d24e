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
	if !a.sweeps {
		return 0
	}
	s, spans := a.s, &b.spans
	in, edges := spans[interior], &s.columns.edges
	whole := b.from == 0 && b.to == s.columns.n && !edges[left].wide && !edges[right].wide
	if !whole || in.to-in.from < a.least {
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
		e, out := spans[part], a.dst.Data[m/a.step*a.dst.Cols:]
		a.inside(out[e.from:], e.to-e.from, a.dst.Cols, m, 2*pairs, edges[part].start)
	}
	return 2 * pairs
}

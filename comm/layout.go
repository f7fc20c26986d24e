package comm

import (
	"fmt"
	"slices"
)

// layout says where each rank's block lies within a buffer, in bytes.
type layout struct {
	n      int   // length of every block, one after the other, when counts is nil
	counts []int // by rank
	displs []int // by rank
}

// equal is the layout of blocks of n bytes, one after the other.
func equal(n int) layout { return layout{n: n} }

// varied is the layout of counts and displs, in elements of size bytes. displs
// nil: one block after the other. It was checked.
func varied(counts, displs []int, size int) layout {
	l := layout{counts: make([]int, len(counts)), displs: make([]int, len(counts))}
	at := 0
	for r, n := range counts {
		if displs != nil {
			at = displs[r] * size
		}
		l.counts[r], l.displs[r] = n*size, at
		at += n * size
	}
	return l
}

// count is the length of rank r's block.
func (l layout) count(r int) int {
	if l.counts == nil {
		return l.n
	}
	return l.counts[r]
}

// at is the offset of rank r's block.
func (l layout) at(r int) int {
	if l.counts == nil {
		return r * l.n
	}
	return l.displs[r]
}

// block is rank r's block of p.
func (l layout) block(p []byte, r int) []byte {
	at, n := l.at(r), l.count(r)
	return p[at : at+n : at+n]
}

// end is the offset after rank r's block; of rank -1, 0. Blocks must lie one
// after the other.
func (l layout) end(r int) int {
	if r < 0 {
		return 0
	}
	return l.at(r) + l.count(r)
}

// span returns the memory of the blocks of ranks first to first+n-1 (mod p) if
// they lie one after the other in buf, and whether they do.
func (l layout) span(buf []byte, first, n, p int) ([]byte, bool) {
	start := l.at(first % p)
	end := start
	for i := range n {
		r := (first + i) % p
		if l.at(r) != end && l.count(r) > 0 {
			return nil, false
		}
		end += l.count(r)
	}
	return buf[start:end:end], true
}

// checkVaried is the error of counts and displs that do not fit p ranks and a
// buffer of n elements, or nil. Blocks that are written must not overlap.
func checkVaried(counts, displs []int, p, n int, written bool) error {
	if len(counts) != p {
		return fmt.Errorf("%d counts for %d ranks", len(counts), p)
	}
	if displs != nil && len(displs) != p {
		return fmt.Errorf("%d displacements for %d ranks", len(displs), p)
	}
	end := 0
	for r, count := range counts {
		at := end
		if displs != nil {
			at = displs[r]
		}
		if count < 0 || at < 0 {
			return fmt.Errorf("rank %d: count %d, displacement %d: must not be negative", r, count, at)
		}
		if at > n || count > n-at {
			return fmt.Errorf("rank %d: %d elements at %d do not fit the buffer of %d", r, count, at, n)
		}
		end = at + count
	}
	if !written || displs == nil {
		return nil
	}
	order := make([]int, 0, p)
	for r, count := range counts {
		if count > 0 {
			order = append(order, r)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return displs[a] - displs[b] })
	for i := 1; i < len(order); i++ {
		a, b := order[i-1], order[i]
		if displs[a]+counts[a] > displs[b] {
			return fmt.Errorf("the blocks of ranks %d and %d overlap", min(a, b), max(a, b))
		}
	}
	return nil
}

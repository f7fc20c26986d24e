package comm

import (
	"context"
	"fmt"
	"testing"
)

// gathered is what the root has: every rank's n elements.
func gathered(size, n int) []int64 {
	var all []int64
	for r := range size {
		all = append(all, data(r, n)...)
	}
	return all
}

func TestGather(t *testing.T) {
	forEachAlgorithm(t, gather, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, root := range roots(size) {
					for i, n := range lengths(8) {
						send := data(c.Rank(), n)
						var recv []int64
						if c.Rank() == root {
							recv = untouched(size * n)
							if i%2 == 1 { // in place
								copy(recv[root*n:], send)
								send = recv[root*n : (root+1)*n]
							}
						}
						if err := Gather(ctx, c, send, recv, root); err != nil {
							return err
						}
						if c.Rank() != root {
							continue
						}
						if err := equalElements(recv, gathered(size, n)); err != nil {
							return fmt.Errorf("root %d, %d elements: %w", root, n, err)
						}
					}
				}
				return nil
			})
		}
	})
}

// variedCounts gives every rank another number of elements, some none.
func variedCounts(size, n int) []int {
	counts := make([]int, size)
	for r := range counts {
		counts[r] = n * ((r + 2) % 3)
		if r%4 == 1 {
			counts[r]++
		}
	}
	return counts
}

// placements are displacements to test: packed, with gaps, and backwards.
func placements(counts []int) (displs [][]int, room int) {
	gaps, back := make([]int, len(counts)), make([]int, len(counts))
	at := 2
	for r, n := range counts {
		gaps[r] = at
		at += n + 3
	}
	for r, n := range counts {
		back[r] = at - gaps[r] - n
	}
	return [][]int{nil, gaps, back}, at
}

// placed is the buffer that holds every rank's data at its place, and nothing
// between.
func placed(counts, displs []int, room int) []int64 {
	p := untouched(room)
	at := 0
	for r, n := range counts {
		if displs != nil {
			at = displs[r]
		}
		at += copy(p[at:], data(r, n))
	}
	return p
}

func TestGatherv(t *testing.T) {
	forEachAlgorithm(t, gatherv, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, root := range roots(size) {
					for _, n := range lengths(8) {
						counts := variedCounts(size, n)
						displs, room := placements(counts)
						for i, d := range displs {
							var err error
							if c.Rank() != root {
								err = Gatherv[int64](ctx, c, data(c.Rank(), counts[c.Rank()]), nil, nil, nil, root)
							} else {
								recv := untouched(room)
								send := data(root, counts[root])
								if d != nil && n%2 == 1 { // in place
									send = recv[d[root]:][:counts[root]]
									copy(send, data(root, counts[root]))
								}
								err = Gatherv(ctx, c, send, recv, counts, d, root)
								if err == nil {
									err = equalElements(recv, placed(counts, d, room))
								}
							}
							if err != nil {
								return fmt.Errorf("root %d, counts %v, placement %d: %w", root, counts, i, err)
							}
						}
					}
				}
				return nil
			})
		}
	})
}

package comm

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
)

// affine composes maps x -> a x + b, packed in a uint64: associative, and the
// order matters.
func affine() Op[uint64] {
	return NewOp("affine", false, func(dst, left, right []uint64) {
		for i := range dst {
			a1, b1 := uint32(left[i]>>32), uint32(left[i])
			a2, b2 := uint32(right[i]>>32), uint32(right[i])
			dst[i] = uint64(a1*a2)<<32 | uint64(a1*b2+b1)
		}
	})
}

// maps is rank r's n maps.
func maps(r, n int) []uint64 {
	p := make([]uint64, n)
	for i := range p {
		p[i] = uint64(2*r+2*i+3)<<32 | uint64(7*r+i+1)
	}
	return p
}

// composed is the composition of the maps of ranks lo to hi-1, in order.
func composed(lo, hi, n int) []uint64 {
	sum := maps(lo, n)
	for r := lo + 1; r < hi; r++ {
		affine().apply(sum, sum, maps(r, n))
	}
	return sum
}

// summed is the sum of the data of ranks 0 to p-1.
func summed(p, n int) []int64 {
	sum := make([]int64, n)
	for i := range sum {
		sum[i] = 1_000_003*int64(p*(p-1)/2) + int64(p)*(int64(i)*7+1)
	}
	return sum
}

func TestReduce(t *testing.T) {
	forEachAlgorithm(t, reduce, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, root := range roots(size) {
					for i, n := range lengths(8) {
						at := fmt.Sprintf("root %d, %d elements", root, n)
						send, recv := data(c.Rank(), n), untouched(n)
						if i%2 == 1 {
							recv = send
						}
						if err := Reduce(ctx, c, send, recv, Sum[int64](), root); err != nil {
							return err
						}
						want := data(c.Rank(), n) // in place, elsewhere: left as it is
						if i%2 == 0 {
							want = untouched(n)
						}
						if c.Rank() == root {
							want = summed(size, n)
						}
						if err := equalElements(recv, want); err != nil {
							return fmt.Errorf("%s: %w", at, err)
						}
						composition := make([]uint64, n)
						if err := Reduce(ctx, c, maps(c.Rank(), n), composition, affine(), root); err != nil {
							return err
						}
						if c.Rank() == root {
							if err := equalElements(composition, composed(0, size, n)); err != nil {
								return fmt.Errorf("%s, in rank order: %w", at, err)
							}
						}
					}
				}
				return nil
			})
		}
	})
}

func TestAllreduce(t *testing.T) {
	forEachAlgorithm(t, allreduce, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for i, n := range lengths(8) {
					send, recv := data(c.Rank(), n), untouched(n)
					if i%2 == 1 {
						recv = send
					}
					if err := Allreduce(ctx, c, send, recv, Sum[int64]()); err != nil {
						return err
					}
					if err := equalElements(recv, summed(size, n)); err != nil {
						return fmt.Errorf("%d elements: %w", n, err)
					}
					if i%2 == 0 {
						if err := equalElements(send, data(c.Rank(), n)); err != nil {
							return fmt.Errorf("send was written: %w", err)
						}
					}
					composition := make([]uint64, n)
					if err := Allreduce(ctx, c, maps(c.Rank(), n), composition, affine()); err != nil {
						return err
					}
					if err := equalElements(composition, composed(0, size, n)); err != nil {
						return fmt.Errorf("%d elements, in rank order: %w", n, err)
					}
				}
				return nil
			})
		}
	})
}

func TestReduceScatter(t *testing.T) {
	forEachAlgorithm(t, reduceScatter, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for i, n := range lengths(8) {
					equal := make([]int, size)
					for r := range equal {
						equal[r] = n
					}
					for _, counts := range [][]int{equal, variedCounts(size, n)} {
						total, at := 0, 0
						for r, k := range counts {
							if r < c.Rank() {
								at += k
							}
							total += k
						}
						k := counts[c.Rank()]
						send, recv := data(c.Rank(), total), untouched(k)
						if i%2 == 1 {
							recv = send[at : at+k]
						}
						if err := ReduceScatter(ctx, c, send, recv, counts, Sum[int64]()); err != nil {
							return err
						}
						if err := equalElements(recv, summed(size, total)[at:at+k]); err != nil {
							return fmt.Errorf("counts %v: %w", counts, err)
						}
						if a := c.tuning.forced[reduceScatter]; a != nil && a.commutes {
							continue
						}
						composition := make([]uint64, k)
						if err := ReduceScatter(ctx, c, maps(c.Rank(), total), composition, counts, affine()); err != nil {
							return err
						}
						if err := equalElements(composition, composed(0, size, total)[at:at+k]); err != nil {
							return fmt.Errorf("counts %v, in rank order: %w", counts, err)
						}
					}
				}
				return nil
			})
		}
	})
}

func TestScan(t *testing.T) {
	forEachAlgorithm(t, scan, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for i, n := range lengths(8) {
					send, recv := maps(c.Rank(), n), make([]uint64, n)
					if i%2 == 1 {
						recv = send
					}
					if err := Scan(ctx, c, send, recv, affine()); err != nil {
						return err
					}
					if err := equalElements(recv, composed(0, c.Rank()+1, n)); err != nil {
						return fmt.Errorf("%d elements: %w", n, err)
					}
				}
				return nil
			})
		}
	})
}

func TestExscan(t *testing.T) {
	forEachAlgorithm(t, exscan, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for i, n := range lengths(8) {
					send, recv := maps(c.Rank(), n), make([]uint64, n)
					if i%2 == 1 {
						recv = send
					}
					want := slices.Clone(recv) // of rank 0: left as it is
					if c.Rank() > 0 {
						want = composed(0, c.Rank(), n)
					}
					if err := Exscan(ctx, c, send, recv, affine()); err != nil {
						return err
					}
					if err := equalElements(recv, want); err != nil {
						return fmt.Errorf("%d elements: %w", n, err)
					}
				}
				return nil
			})
		}
	})
}

// reduced is what op makes of left and right.
func reduced[T Element](op Op[T], left, right T) T {
	p := []T{left}
	op.apply(p, p, []T{right})
	return p[0]
}

func TestOps(t *testing.T) {
	for _, o := range []struct {
		op   Op[int64]
		want int64
	}{
		{Sum[int64](), 16}, {Prod[int64](), 60}, {Min[int64](), 6}, {Max[int64](), 10},
		{And[int64](), 2}, {Or[int64](), 14}, {Xor[int64](), 12},
	} {
		if got := reduced(o.op, 6, 10); got != o.want {
			t.Errorf("%v of 6 and 10 is %d, want %d", o.op, got, o.want)
		}
	}
	if got := reduced(Prod[complex128](), 2i, 3i); got != -6 {
		t.Errorf("prod of 2i and 3i is %v", got)
	}
	for _, op := range []Op[float64]{Min[float64](), Max[float64](), Sum[float64]()} {
		for _, pair := range [][2]float64{{1, math.NaN()}, {math.NaN(), 1}} {
			if got := reduced(op, pair[0], pair[1]); !math.IsNaN(got) {
				t.Errorf("%v of %v is %v, want NaN", op, pair, got)
			}
		}
	}
}

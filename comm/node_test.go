package comm

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"numcomp/comm/transport/mem"
)

// everyCollective calls those that go node level first, with every root, and compares.
func everyCollective(ctx context.Context, c *Comm, n int) error {
	p, me := c.Size(), c.Rank()
	for round := range 3 { // the buffers are used again
		for _, root := range roots(p) {
			if err := Barrier(ctx, c); err != nil {
				return err
			}
			block := untouched(n)
			if me == root {
				block = data(root, n)
			}
			if err := Bcast(ctx, c, block, root); err != nil {
				return err
			}
			if err := equalElements(block, data(root, n)); err != nil {
				return fmt.Errorf("round %d: bcast from %d: %w", round, root, err)
			}
			var all []int64
			if me == root {
				all = untouched(p * n)
			}
			if err := Gather(ctx, c, data(me, n), all, root); err != nil {
				return err
			}
			if me == root {
				if err := equalElements(all, gathered(p, n)); err != nil {
					return fmt.Errorf("round %d: gather to %d: %w", round, root, err)
				}
			}
			sum, composition := untouched(n), make([]uint64, n)
			if err := Reduce(ctx, c, data(me, n), sum, Sum[int64](), root); err != nil {
				return err
			}
			if err := Reduce(ctx, c, maps(me, n), composition, affine(), root); err != nil {
				return err
			}
			if me == root {
				err := errors.Join(equalElements(sum, summed(p, n)), equalElements(composition, composed(0, p, n)))
				if err != nil {
					return fmt.Errorf("round %d: reduce to %d: %w", round, root, err)
				}
			}
			block = untouched(n)
			if err := Scatter(ctx, c, all, block, root); err != nil {
				return err
			}
			if err := equalElements(block, data(me, n)); err != nil {
				return fmt.Errorf("round %d: scatter from %d: %w", round, root, err)
			}
		}
		sum, composition, all := untouched(n), make([]uint64, n), untouched(p*n)
		if err := Allreduce(ctx, c, data(me, n), sum, Sum[int64]()); err != nil {
			return err
		}
		if err := Allreduce(ctx, c, maps(me, n), composition, affine()); err != nil {
			return err
		}
		if err := Allgather(ctx, c, data(me, n), all); err != nil {
			return err
		}
		err := errors.Join(equalElements(sum, summed(p, n)), equalElements(composition, composed(0, p, n)), equalElements(all, gathered(p, n)))
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}
	return nil
}

// Where each rank has a CPU, buffers are filled otherwise, and long reductions of many
// ranks go by messages.
func TestNodesWithCPUs(t *testing.T) {
	for _, size := range []int{2, 4, 5, 8} {
		comms := placedComms(t, mem.NewWorld(size), func(int) int { return 0 })
		for _, c := range comms {
			c.tuning.cpus = 64
			c.tuning.chunk, c.tuning.sideBySide = bufferBytes, bufferBytes
		}
		for _, err := range each(t, comms, func(ctx context.Context, c *Comm) error {
			for _, n := range []int{0, 5, 3000, 50_000} {
				if err := everyCollective(ctx, c, n); err != nil {
					return fmt.Errorf("%d elements: %w", n, err)
				}
			}
			return nil
		}) {
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// Ranks that do not agree whether a vector is long find out, wherever it goes then.
func TestReductionsOfOtherLengths(t *testing.T) {
	for _, cpus := range []int{1, 64} {
		for _, size := range []int{2, 5} {
			for odd := range size {
				for _, lengths := range [][2]int{{2, 100}, {100, 2}, {100, 200}} {
					for _, k := range []collective{reduce, allreduce} {
						comms := placedComms(t, mem.NewWorld(size), func(int) int { return 0 })
						errs := each(t, comms, func(ctx context.Context, c *Comm) error {
							c.tuning.cpus = cpus
							n := lengths[0]
							if c.Rank() == odd {
								n = lengths[1]
							}
							send, recv := make([]int64, n), make([]int64, n)
							if k == reduce {
								return Reduce(ctx, c, send, recv, Sum[int64](), 0)
							}
							return Allreduce(ctx, c, send, recv, Sum[int64]())
						})
						if err := errors.Join(errs...); !errors.Is(err, ErrLength) || errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("%v of %d ranks, %v elements, the second at rank %d: %v", k, size, lengths, odd, err)
						}
					}
				}
			}
		}
	}
}

// However ranks lie on nodes, and whatever part of them talks, collectives bring what
// they must.
func TestNodes(t *testing.T) {
	for _, size := range worldSizes {
		for _, place := range nodePlacements {
			t.Run(fmt.Sprintf("%d ranks/%s", size, place.name), func(t *testing.T) {
				for _, err := range each(t, placedComms(t, mem.NewWorld(size), place.node), func(ctx context.Context, c *Comm) error {
					local, err := c.Subset(c.NodeRanks())
					if err != nil {
						return err
					}
					for _, n := range []int{0, 1, 13, 17, 300} {
						if err := everyCollective(ctx, c, n); err != nil {
							return fmt.Errorf("%d elements: %w", n, err)
						}
						if err := groupWorks(ctx, local, c.NodeRanks()); err != nil {
							return fmt.Errorf("the node's, %d elements: %w", n, err)
						}
					}
					half, err := c.Split(ctx, c.Rank()%2, -c.Rank())
					if err != nil {
						return err
					}
					return everyCollective(ctx, half, 40)
				}) {
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

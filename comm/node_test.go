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

package comm

import (
	"context"
	"fmt"
	"testing"
)

func TestBcast(t *testing.T) {
	forEachAlgorithm(t, bcast, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, root := range roots(size) {
					for _, n := range lengths(8) {
						p := untouched(n)
						if c.Rank() == root {
							p = data(root, n)
						}
						if err := Bcast(ctx, c, p, root); err != nil {
							return err
						}
						if err := equalElements(p, data(root, n)); err != nil {
							return fmt.Errorf("root %d, %d elements: %w", root, n, err)
						}
					}
				}
				return nil
			})
		}
	})
}

package comm

import (
	"context"
	"fmt"
	"testing"
)

func TestScatter(t *testing.T) {
	forEachAlgorithm(t, scatter, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, root := range roots(size) {
					for i, n := range lengths(8) {
						recv := untouched(n)
						var send []int64
						if c.Rank() == root {
							send = gathered(size, n)
							if i%2 == 1 { // in place
								recv = send[root*n : (root+1)*n]
							}
						}
						if err := Scatter(ctx, c, send, recv, root); err != nil {
							return err
						}
						if err := equalElements(recv, data(c.Rank(), n)); err != nil {
							return fmt.Errorf("root %d, %d elements: %w", root, n, err)
						}
						if c.Rank() == root {
							if err := equalElements(send, gathered(size, n)); err != nil {
								return fmt.Errorf("send was written: %w", err)
							}
						}
					}
				}
				return nil
			})
		}
	})
}

func TestScatterv(t *testing.T) {
	forEachAlgorithm(t, scatterv, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, root := range roots(size) {
					for _, n := range lengths(8) {
						counts := variedCounts(size, n)
						displs, room := placements(counts)
						for i, d := range displs {
							recv := untouched(counts[c.Rank()])
							var err error
							if c.Rank() == root {
								err = Scatterv(ctx, c, placed(counts, d, room), counts, d, recv, root)
							} else {
								err = Scatterv(ctx, c, nil, nil, nil, recv, root)
							}
							if err == nil {
								err = equalElements(recv, data(c.Rank(), counts[c.Rank()]))
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

package comm

import (
	"context"
	"fmt"
	"testing"
)

func TestAllgather(t *testing.T) {
	forEachAlgorithm(t, allgather, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for i, n := range lengths(8) {
					send, recv := data(c.Rank(), n), untouched(size*n)
					if i%2 == 1 {
						copy(recv[c.Rank()*n:], send)
						send = recv[c.Rank()*n : (c.Rank()+1)*n]
					}
					if err := Allgather(ctx, c, send, recv); err != nil {
						return err
					}
					if err := equalElements(recv, gathered(size, n)); err != nil {
						return fmt.Errorf("%d elements: %w", n, err)
					}
				}
				return nil
			})
		}
	})
}

func TestAllgatherv(t *testing.T) {
	forEachAlgorithm(t, allgatherv, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, n := range lengths(8) {
					counts := variedCounts(size, n)
					displs, room := placements(counts)
					for i := range displs {
						d := displs[(i+c.Rank())%len(displs)] // each rank its own
						recv := untouched(room)
						if err := Allgatherv(ctx, c, data(c.Rank(), counts[c.Rank()]), recv, counts, d); err != nil {
							return err
						}
						if err := equalElements(recv, placed(counts, d, room)); err != nil {
							return fmt.Errorf("counts %v: %w", counts, err)
						}
					}
				}
				return nil
			})
		}
	})
}

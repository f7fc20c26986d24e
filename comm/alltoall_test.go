package comm

import (
	"context"
	"fmt"
	"testing"
)

// block is what rank from has for rank to.
func block(from, to, n int) []int64 { return data(100*from+to, n) }

func TestAlltoall(t *testing.T) {
	forEachAlgorithm(t, alltoall, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				for _, n := range lengths(8) {
					var send, want []int64
					for r := range size {
						send = append(send, block(c.Rank(), r, n)...)
						want = append(want, block(r, c.Rank(), n)...)
					}
					recv := untouched(len(want))
					if err := Alltoall(ctx, c, send, recv); err != nil {
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

func TestAlltoallv(t *testing.T) {
	forEachAlgorithm(t, alltoallv, func(t *testing.T, with func(*Comm) *Comm) {
		for _, size := range worldSizes {
			spmd(t, size, func(ctx context.Context, c *Comm) error {
				c = with(c)
				me := c.Rank()
				for _, n := range lengths(8) {
					// Rank a has n ((a + 2b) mod 3) elements for rank b, with gaps.
					count := func(a, b int) int { return n * ((a + 2*b) % 3) }
					var sendCounts, sendDispls, recvCounts, recvDispls []int
					var send, want []int64
					for r := range size {
						send, want = append(send, -1), append(want, -1)
						sendCounts, sendDispls = append(sendCounts, count(me, r)), append(sendDispls, len(send))
						recvCounts, recvDispls = append(recvCounts, count(r, me)), append(recvDispls, len(want))
						send = append(send, block(me, r, count(me, r))...)
						want = append(want, block(r, me, count(r, me))...)
					}
					recv := untouched(len(want))
					if err := Alltoallv(ctx, c, send, sendCounts, sendDispls, recv, recvCounts, recvDispls); err != nil {
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

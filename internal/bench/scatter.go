package bench

import (
	"context"

	"numcomp/comm"
)

func scatterRow() Collective {
	return Collective{
		Name: "scatter", Usage: "a block from rank 0 to every rank, each its own", Block: "a rank's block", Element: 1,
		memory: func(rank, ranks int) int { return 1 + atRoot(rank, ranks) },
		open: func(_ context.Context, c *comm.Comm, most int) (buffers, error) {
			b, err := newBlocks(c, most, atRoot(c.Rank(), c.Size()), 1)
			if err != nil {
				return nil, err
			}
			b.from = func(int) (int, int) { return 0, c.Rank() }
			b.move = func(ctx context.Context, send, recv []byte) error { return comm.Scatter(ctx, c, send, recv, 0) }
			return b, nil
		},
	}
}

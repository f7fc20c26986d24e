package bench

import (
	"context"

	"numcomp/comm"
)

func alltoallRow() Collective {
	return Collective{
		Name: "alltoall", Usage: "a block of every rank to every rank, each its own", Block: "one rank's block for one rank", Element: 1,
		memory: func(_, ranks int) int { return 2 * ranks },
		open: func(_ context.Context, c *comm.Comm, most int) (buffers, error) {
			b, err := newBlocks(c, most, c.Size(), c.Size())
			if err != nil {
				return nil, err
			}
			b.from = func(i int) (int, int) { return i, c.Rank() }
			b.move = func(ctx context.Context, send, recv []byte) error { return comm.Alltoall(ctx, c, send, recv) }
			return b, nil
		},
	}
}

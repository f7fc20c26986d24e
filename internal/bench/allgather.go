package bench

import (
	"context"

	"numcomp/comm"
)

func allgatherRow() Collective {
	return Collective{
		Name: "allgather", Usage: "a block of every rank to all ranks", Block: "a rank's block", Element: 1,
		memory: func(_, ranks int) int { return 1 + ranks },
		open: func(_ context.Context, c *comm.Comm, most int) (buffers, error) {
			b, err := newBlocks(c, most, 1, c.Size())
			if err != nil {
				return nil, err
			}
			b.from = func(i int) (int, int) { return i, 0 }
			b.move = func(ctx context.Context, send, recv []byte) error { return comm.Allgather(ctx, c, send, recv) }
			return b, nil
		},
	}
}

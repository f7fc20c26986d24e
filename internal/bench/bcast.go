package bench

import (
	"context"

	"numcomp/comm"
)

func bcastRow() Collective {
	return Collective{
		Name: "bcast", Usage: "a block from rank 0 to all ranks", Block: "the block", Element: 1,
		memory: func(_, _ int) int { return 1 },
		open: func(_ context.Context, c *comm.Comm, most int) (buffers, error) {
			b, err := newBlocks(c, most, 0, 1)
			if err != nil {
				return nil, err
			}
			b.from = func(int) (int, int) { return 0, 0 }
			b.move = func(ctx context.Context, _, recv []byte) error { return comm.Bcast(ctx, c, recv, 0) }
			if c.Rank() == 0 {
				b.send, b.sent = b.recv, 1 // what is sent is where it arrives
			}
			return b, nil
		},
	}
}

package bench

import (
	"context"

	"numcomp/comm"
)

func gatherRow() Collective {
	return Collective{
		Name: "gather", Usage: "a block of every rank to rank 0", Block: "a rank's block", Element: 1,
		memory: func(rank, ranks int) int { return 1 + atRoot(rank, ranks) },
		open: func(_ context.Context, c *comm.Comm, most int) (buffers, error) {
			b, err := newBlocks(c, most, 1, atRoot(c.Rank(), c.Size()))
			if err != nil {
				return nil, err
			}
			b.from = func(i int) (int, int) { return i, 0 }
			b.move = func(ctx context.Context, send, recv []byte) error { return comm.Gather(ctx, c, send, recv, 0) }
			return b, nil
		},
	}
}

// atRoot is how many blocks rank 0 has for all ranks; the others have none.
func atRoot(rank, ranks int) int {
	if rank == 0 {
		return ranks
	}
	return 0
}

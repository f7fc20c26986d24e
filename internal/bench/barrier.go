package bench

import (
	"context"
	"fmt"
	"time"

	"numcomp/comm"
)

// Barrier is collective: barriers of all ranks, one after the other. The row is
// rank 0's. bench/collectives.c is the same loop for MPI, and bench/start.c that
// of an Effort of 20 rounds without a warm-up, whose first opens the connections.
func Barrier(ctx context.Context, c *comm.Comm, e Effort) (Metric, []Row, error) {
	var took []time.Duration
	err := e.conduct(ctx, c, func(rounds int) error {
		took = make([]time.Duration, rounds)
		last := time.Now()
		for i := range took {
			if err := comm.Barrier(ctx, c); err != nil {
				return fmt.Errorf("bench: barrier %d of %d: %w", i+1, rounds, err)
			}
			now := time.Now()
			took[i], last = now.Sub(last), now
		}
		return nil
	})
	if err != nil || c.Rank() != 0 {
		return interval(), nil, err
	}
	return interval(), []Row{NewRow(took)}, nil
}

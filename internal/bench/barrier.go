package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"numcomp/comm"
)

// Barriers is what a series of barriers took on one rank, each.
type Barriers struct {
	Rounds            int
	Min, Median, Most time.Duration
}

// Barrier is collective: rounds barriers, one after the other, without a warm-up, so
// that the first is slower for opening connections. bench/start.c is the same loop
// for MPI.
func Barrier(ctx context.Context, c *comm.Comm, rounds int) (Barriers, error) {
	if rounds < 1 {
		return Barriers{}, fmt.Errorf("bench: barrier: %d rounds: want at least 1", rounds)
	}
	took := make([]time.Duration, rounds)
	last := time.Now()
	for i := range took {
		if err := comm.Barrier(ctx, c); err != nil {
			return Barriers{}, fmt.Errorf("bench: barrier %d of %d: %w", i+1, rounds, err)
		}
		now := time.Now()
		took[i], last = now.Sub(last), now
	}
	slices.Sort(took)
	return Barriers{Rounds: rounds, Min: took[0], Median: took[rounds/2], Most: took[rounds-1]}, nil
}

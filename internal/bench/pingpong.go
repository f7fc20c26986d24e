package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"numcomp/comm"
)

// Result is what one size of a benchmark gave.
type Result struct {
	// Bytes is the length of one message.
	Bytes int
	// Rounds is how many were measured, after the warm-up.
	Rounds int
	// Latency is the median half round trip.
	Latency time.Duration
	// BytesPerSecond is Bytes over Latency, one direction at a time.
	BytesPerSecond float64
}

const (
	pingTag  = 1
	planTag  = 2
	warmTime = 20 * time.Millisecond

	minRounds = 10
	maxRounds = 200_000
)

// PingPong sends messages of each size, in bytes, to and fro between rank 0 and
// rank 1 for about minTime a size, and returns the median half round trip on
// rank 0. On all other ranks the result is empty; those beyond rank 1 only wait
// for the end. bench/pingpong.c is the same loop for MPI.
func PingPong(ctx context.Context, c *comm.Comm, sizes []int, minTime time.Duration) ([]Result, error) {
	if c.Size() < 2 {
		return nil, fmt.Errorf("bench: pingpong needs 2 ranks, this world has %d", c.Size())
	}
	for _, n := range sizes {
		if n < 0 {
			return nil, fmt.Errorf("bench: pingpong: size %d is negative", n)
		}
	}
	var results []Result
	for _, n := range sizes {
		switch c.Rank() {
		case 0:
			r, err := ping(ctx, c, n, minTime)
			if err != nil {
				return nil, fmt.Errorf("bench: pingpong of %d bytes: %w", n, err)
			}
			results = append(results, r)
		case 1:
			if err := pong(ctx, c, n); err != nil {
				return nil, fmt.Errorf("bench: pingpong of %d bytes: %w", n, err)
			}
		}
	}
	return results, comm.Barrier(ctx, c)
}

// ping is rank 0's side: warm-up, whose pace says how many rounds there will be,
// then the measured rounds.
func ping(ctx context.Context, c *comm.Comm, n int, minTime time.Duration) (Result, error) {
	buf := make([]byte, n)
	plan := []int64{2}
	var pace time.Duration
	for warm := time.Duration(0); warm < warmTime; plan[0] *= 2 {
		took, err := pingRounds(ctx, c, buf, plan, nil)
		if err != nil {
			return Result{}, err
		}
		warm += took
		pace = took / time.Duration(plan[0])
		if plan[0] >= maxRounds {
			break
		}
	}
	plan[0] = int64(min(max(minTime/max(pace, 1), minRounds), maxRounds))
	trips := make([]time.Duration, plan[0])
	if _, err := pingRounds(ctx, c, buf, plan, trips); err != nil {
		return Result{}, err
	}
	if err := comm.Send(ctx, c, 1, planTag, []int64{0}); err != nil {
		return Result{}, err
	}
	slices.Sort(trips)
	r := Result{Bytes: n, Rounds: len(trips), Latency: trips[len(trips)/2] / 2}
	if r.Latency > 0 {
		r.BytesPerSecond = float64(n) / r.Latency.Seconds()
	}
	return r, nil
}

// pingRounds announces the rounds, plays them, and notes the time of each.
func pingRounds(ctx context.Context, c *comm.Comm, buf []byte, plan []int64, trips []time.Duration) (time.Duration, error) {
	if err := comm.Send(ctx, c, 1, planTag, plan); err != nil {
		return 0, err
	}
	start := time.Now()
	last := start
	for i := range plan[0] {
		if err := comm.Send(ctx, c, 1, pingTag, buf); err != nil {
			return 0, err
		}
		if _, err := comm.Recv(ctx, c, 1, pingTag, buf); err != nil {
			return 0, err
		}
		now := time.Now()
		if trips != nil {
			trips[i] = now.Sub(last)
		}
		last = now
	}
	return last.Sub(start), nil
}

// pong is rank 1's side: as many rounds as are announced, until none are.
func pong(ctx context.Context, c *comm.Comm, n int) error {
	buf := make([]byte, n)
	plan := make([]int64, 1)
	for {
		if _, err := comm.Recv(ctx, c, 0, planTag, plan); err != nil {
			return err
		}
		if plan[0] == 0 {
			return nil
		}
		for range plan[0] {
			if _, err := comm.Recv(ctx, c, 0, pingTag, buf); err != nil {
				return err
			}
			if err := comm.Send(ctx, c, 0, pingTag, buf); err != nil {
				return err
			}
		}
	}
}

package bench

import (
	"context"
	"fmt"
	"time"

	"numcomp/comm"
)

// Effort is how long a size is measured for.
type Effort struct {
	// WarmUp is how long rounds are played before the measured ones; 0: none are.
	WarmUp time.Duration
	// Time is how long the measured rounds are to take together, at the pace of
	// the warm-up; there are 5 at least and 200000 at most.
	Time time.Duration
	// Rounds is exactly how many rounds are measured; 0: by Time.
	Rounds int
}

// The bounds of what Time holds.
const (
	minRounds = 5
	maxRounds = 200_000
)

// Check reports what cannot be.
func (e Effort) Check() error {
	switch {
	case e.WarmUp < 0 || e.Time < 0:
		return fmt.Errorf("bench: a time of %v after a warm-up of %v: want 0 or more", e.Time, e.WarmUp)
	case e.Rounds < 0 || e.Rounds > maxRounds:
		return fmt.Errorf("bench: %d rounds: want 1 to %d, or 0 to choose", e.Rounds, maxRounds)
	}
	return nil
}

// rounds is how many rounds are measured at that pace.
func (e Effort) rounds(pace time.Duration) int {
	if e.Rounds > 0 {
		return e.Rounds
	}
	return int(min(max(e.Time/max(pace, 1), minRounds), maxRounds))
}

// conduct is collective: it has all ranks play rounds, as rank 0 decides: batches
// of 2, 4, 8 ... until the warm-up is over, then the measured ones. Where all is
// said beforehand, no message is needed.
func (e Effort) conduct(ctx context.Context, c *comm.Comm, play func(rounds int) error) error {
	if e.Rounds > 0 && e.WarmUp == 0 {
		return play(e.Rounds)
	}
	batch, warm := 2, time.Duration(0)
	plan := []int64{int64(batch), 0} // rounds, and whether they are the measured ones
	for {
		if err := comm.Bcast(ctx, c, plan, 0); err != nil {
			return err
		}
		rounds, measured := int(plan[0]), plan[1] != 0
		began := time.Now()
		if err := play(rounds); err != nil || measured {
			return err
		}
		took := time.Since(began)
		if batch > 2 {
			warm += took // the first batch opens connections: its pace is not theirs
		}
		if batch *= 2; (batch == 4 || warm < e.WarmUp) && batch <= maxRounds {
			plan[0] = int64(batch)
		} else {
			plan[0], plan[1] = int64(e.rounds(took/time.Duration(rounds))), 1
		}
	}
}

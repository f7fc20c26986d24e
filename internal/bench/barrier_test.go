package bench_test

import (
	"context"
	"testing"
	"time"

	"numcomp/comm"
	"numcomp/internal/bench"
)

func TestBarrier(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	world(t, 5, func(c *comm.Comm) error {
		if _, err := bench.Barrier(ctx, c, 0); err == nil {
			t.Error("no error for 0 rounds")
		}
		// Rank 4 comes to the third barrier late: nobody is past it before.
		if c.Rank() == 4 {
			if _, err := bench.Barrier(ctx, c, 2); err != nil {
				return err
			}
			<-time.After(50 * time.Millisecond)
			_, err := bench.Barrier(ctx, c, 1)
			return err
		}
		b, err := bench.Barrier(ctx, c, 3)
		if err != nil {
			return err
		}
		if b.Rounds != 3 || b.Min > b.Median || b.Median > b.Most || b.Most < 40*time.Millisecond {
			t.Errorf("rank %d: %+v", c.Rank(), b)
		}
		return nil
	})
}

package bench

import (
	"context"
	"time"

	"numcomp/comm"
)

// pingTag is the tag of the messages between a pair.
const pingTag = 1

// PingPong is collective: messages of each size, in bytes, go to and fro between
// rank 0 and rank 1. The rows are rank 0's. bench/messages.c is the same loop for
// MPI.
func PingPong(ctx context.Context, c *comm.Comm, sizes []int, e Effort) (Metric, []Row, error) {
	rows, err := onPair(ctx, c, "pingpong", sizes, func(pair *comm.Comm, n int) (Row, error) {
		var m memory
		defer m.free()
		buf, err := take[byte](&m, n)
		if err != nil {
			return Row{}, err
		}
		turn := pong
		if pair.Rank() == 0 {
			turn = ping
		}
		var trips []time.Duration
		err = e.conduct(ctx, pair, func(rounds int) error {
			trips = make([]time.Duration, rounds)
			last := time.Now()
			for i := range trips {
				if err := turn(ctx, pair, buf); err != nil {
					return err
				}
				now := time.Now()
				trips[i], last = now.Sub(last), now
			}
			return nil
		})
		return NewRow(trips).over(2), err
	})
	return halfRoundTrip(), rows, err
}

func ping(ctx context.Context, c *comm.Comm, buf []byte) error {
	if err := comm.Send(ctx, c, 1, pingTag, buf); err != nil {
		return err
	}
	_, err := comm.Recv(ctx, c, 1, pingTag, buf)
	return err
}

func pong(ctx context.Context, c *comm.Comm, buf []byte) error {
	if _, err := comm.Recv(ctx, c, 0, pingTag, buf); err != nil {
		return err
	}
	return comm.Send(ctx, c, 0, pingTag, buf)
}

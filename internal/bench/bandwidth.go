package bench

import (
	"context"
	"time"

	"numcomp/comm"
)

// A window is so many messages, but no more than so many bytes of them, and at
// least 2 messages: enough for messages to follow one another without a pause.
// Part of what bench/messages.c does alike.
const (
	windowMessages = 64
	windowBytes    = 32 << 20
)

// windowOf is how many messages of n bytes are under way at a time.
func windowOf(n int) int {
	return max(2, min(windowMessages, windowBytes/max(n, 1)))
}

// Bandwidth is collective: rank 0 sends rank 1 windows of messages of each size,
// in bytes, each message from and to memory of its own; rank 1 answers each
// window with 4 bytes. The rows are rank 0's. bench/messages.c is the same loop
// for MPI.
func Bandwidth(ctx context.Context, c *comm.Comm, sizes []int, e Effort) (Metric, []Row, error) {
	rows, err := onPair(ctx, c, "bandwidth", sizes, func(pair *comm.Comm, n int) (Row, error) {
		count := windowOf(n)
		var m memory
		defer m.free()
		buf, err := take[byte](&m, n*count)
		if err != nil {
			return Row{}, err
		}
		answer := make([]byte, 4)
		reqs := make([]*comm.Request, count)
		var took []time.Duration
		err = e.conduct(ctx, pair, func(rounds int) error {
			took = make([]time.Duration, rounds)
			last := time.Now()
			for i := range took {
				for k := range reqs {
					if p := buf[k*n : (k+1)*n]; pair.Rank() == 0 {
						reqs[k] = comm.Isend(pair, 1, pingTag, p)
					} else {
						reqs[k] = comm.Irecv(pair, 0, pingTag, p)
					}
				}
				if err := comm.Wait(ctx, reqs...); err != nil {
					return err
				}
				if err := answerWindow(ctx, pair, answer); err != nil {
					return err
				}
				now := time.Now()
				took[i], last = now.Sub(last), now
			}
			return nil
		})
		return NewRow(took).over(float64(count)), err
	})
	return window(), rows, err
}

// answerWindow is the end of a window: rank 1 has all of it.
func answerWindow(ctx context.Context, pair *comm.Comm, answer []byte) error {
	if pair.Rank() == 0 {
		_, err := comm.Recv(ctx, pair, 1, pingTag, answer)
		return err
	}
	return comm.Send(ctx, pair, 0, pingTag, answer)
}

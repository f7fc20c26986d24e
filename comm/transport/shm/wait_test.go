package shm

import (
	"context"
	"testing"
	"time"

	"numcomp/comm/transport"
)

// A goroutine that sleeps at the doorbell wakes when another one of its rank, which
// looks into the rings meanwhile, finds its message.
func TestSleeperIsWokenByWhoLooks(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ranks := newWorldOf(t, 2, Options{Waiting: transport.Waiting{Spin: 20 * time.Millisecond}})
	const rounds = 20
	peer := make(chan error, 1)
	go func() {
		p := make([]byte, 1)
		for range rounds {
			// The question, then the sleeper's message, then the answer.
			if err := ranks[1].Wait(ctx, ranks[1].Irecv(0, 1, p)); err != nil {
				peer <- err
				return
			}
			if err := ranks[1].Wait(ctx, ranks[1].Isend(0, 2, p), ranks[1].Isend(0, 3, p)); err != nil {
				peer <- err
				return
			}
		}
		peer <- nil
	}()
	shm := ranks[0].(*Transport)
	for i := range rounds {
		slept := make(chan error, 1)
		sleeper := ranks[0].Irecv(1, 2, make([]byte, 1))
		go func() {
			shm.life.RLock()
			defer shm.life.RUnlock()
			shm.sleep(ctx, sleeper.(*request)) // at once, without a look
			slept <- sleeper.(*request).err
		}()
		for !shm.dozes.Load() {
			yield()
		}
		p := make([]byte, 1)
		if err := ranks[0].Wait(ctx, ranks[0].Isend(1, 1, p), ranks[0].Irecv(1, 3, p)); err != nil {
			t.Fatal(err)
		}
		if err := <-slept; err != nil {
			t.Fatalf("round %d: the sleeper: %v", i, err)
		}
	}
	if err := <-peer; err != nil {
		t.Fatal(err)
	}
}

package bench_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"numcomp/comm"
	"numcomp/comm/transport/mem"
	"numcomp/internal/bench"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world runs f on every rank of an in-process world.
func world(t *testing.T, size int, f func(c *comm.Comm) error) {
	t.Helper()
	var all sync.WaitGroup
	for _, tr := range mem.NewWorld(size) {
		c, err := comm.NewWorld(tr, nil)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer tr.Close()
			if err := f(c); err != nil {
				t.Errorf("rank %d: %v", c.Rank(), err)
			}
		})
	}
	all.Wait()
}

func TestPingPong(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sizes := []int{0, 8, 1 << 20}
	world(t, 3, func(c *comm.Comm) error {
		got, err := bench.PingPong(ctx, c, sizes, 10*time.Millisecond)
		if err != nil {
			return err
		}
		want := len(sizes)
		if c.Rank() != 0 {
			want = 0
		}
		if len(got) != want {
			t.Errorf("rank %d has %d results, want %d", c.Rank(), len(got), want)
		}
		for i, r := range got {
			if r.Bytes != sizes[i] || r.Rounds < 10 || r.Latency <= 0 || (r.BytesPerSecond > 0) != (r.Bytes > 0) {
				t.Errorf("size %d: %+v", sizes[i], r)
			}
		}
		return nil
	})
}

func TestPingPongRefuses(t *testing.T) {
	ctx := context.Background()
	world(t, 1, func(c *comm.Comm) error {
		if _, err := bench.PingPong(ctx, c, []int{8}, time.Second); err == nil || !strings.Contains(err.Error(), "needs 2 ranks") {
			t.Errorf("a world of 1: %v", err)
		}
		return nil
	})
	world(t, 2, func(c *comm.Comm) error {
		if _, err := bench.PingPong(ctx, c, []int{8, -1}, time.Second); err == nil || !strings.Contains(err.Error(), "-1") {
			t.Errorf("a negative size: %v", err)
		}
		return nil
	})
}

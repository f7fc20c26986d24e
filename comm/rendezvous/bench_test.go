package rendezvous

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"numcomp/comm/transport/tcp"
)

// BenchmarkJoin starts and ends a world of goroutine ranks that share this
// process's CPUs.
func BenchmarkJoin(b *testing.B) {
	for _, size := range []int{2, 32, 128, 1024} {
		b.Run(fmt.Sprintf("ranks=%d", size), func(b *testing.B) {
			var barrier time.Duration
			for b.Loop() {
				barrier += startAndEnd(b, size)
			}
			b.ReportMetric(float64(barrier.Milliseconds())/float64(b.N), "barrier-ms/op")
		})
	}
}

func startAndEnd(b *testing.B, size int) (barrier time.Duration) {
	ctx, cancel := context.WithTimeout(b.Context(), 2*watchdog)
	defer cancel()
	store := newMemory()
	var wg sync.WaitGroup
	for r := range size {
		wg.Go(func() {
			ep, err := tcp.Listen(loopback())
			if err != nil {
				b.Error(err)
				cancel()
				return
			}
			defer ep.Close()
			w, err := Join(ctx, ep, store, Self{Host: "h", PID: r, Node: "n", Build: "b"}, Options{Rank: r, Size: size})
			if err != nil {
				b.Error(err)
				cancel()
				return
			}
			if err := w.Control.Leave(ctx); err != nil {
				b.Error(err)
			}
			w.Control.Close()
			if r == 0 {
				barrier = w.Timings.Barrier
			}
		})
	}
	wg.Wait()
	return barrier
}

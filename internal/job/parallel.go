package job

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// workers is how many goroutines share rank 0's work outside of the timer.
func workers() int { return runtime.GOMAXPROCS(0) }

// parallel calls f(worker, i) for all i below n from n goroutines at most, worker
// telling which of them calls; it returns when all calls have. When ctx ends, it
// makes no further calls and returns the cause.
func parallel(ctx context.Context, n, workers int, f func(worker, i int)) error {
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range min(n, workers) {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				f(w, i)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

//go:build mpi

package mpi

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"numcomp/comm/transport"
)

// stuckAfter is how long a call that waits within MPI may go on when its context has
// ended: the other ranks may be about to complete it.
const stuckAfter = time.Second

// blockings are the calls that wait within MPI, and what watches their context. A
// call is made by the caller's own goroutine: handing it to another and back costs
// more than a short collective.
type blockings struct {
	// calls has the calls under way in its lower half, and how many there were in its
	// upper: of a short collective each atomic operation is a part.
	calls  atomic.Uint64
	rested atomic.Int64 // when the goroutine was last scheduled, in ns since began
	began  time.Time

	watched atomic.Pointer[watched] // nil: none is

	mu      sync.Mutex // of all below, and of writing watched
	unwatch func() bool
	late    func(error)
	watches sync.WaitGroup
}

// watched is a context that is watched, by its channel.
type watched struct{ done <-chan struct{} }

// OnStuck has late called, once, when a context has ended and a collective does not
// come to its end: nothing can interrupt MPI, so late is to tell the error and to
// abort the world. Without it the collective goes on.
func (t *Transport) OnStuck(late func(error)) {
	t.blockings.mu.Lock()
	defer t.blockings.mu.Unlock()
	t.blockings.late = late
}

// enter begins a call that waits within MPI and cannot be interrupted there, and leave
// ends it; after an error there is nothing to leave. When the context ends in between,
// the world is broken; see OnStuck.
func (t *Transport) enter(ctx context.Context) error {
	b := &t.blockings
	b.rest()
	if w := b.watched.Load(); w == nil || w.done != ctx.Done() {
		b.watch(t, ctx)
	}
	// Not before: a context that another call has left behind may end just now.
	b.calls.Add(oneCall)
	if t.stopped.Load() == nil {
		if ctx.Err() == nil {
			return nil // whatever ends from here on, ended finds this call inside
		}
		t.Break(transport.Cause(ctx))
	}
	b.calls.Add(^uint64(0))
	return t.stopped.Load().cause
}

// Go's run-time takes the processor (P) of a goroutine that it has not scheduled for
// 10 ms, also when it runs nothing but short calls of C. With it the goroutine loses
// its thread, the processor that it gets instead is taken 20 us later for the same
// reason, and threads wake each other up ever after: some 2,000 times a second, on CPUs
// that other ranks want (uprobes on runtime.handoffp, Go 1.26, 4 ranks on 2 CPUs). So
// a goroutine that calls MPI and nothing else has itself scheduled before.
const (
	restAfter  = 4 * time.Millisecond
	restRounds = 8 // calls between two looks at the clock
)

// oneCall begins a call: one more that there was, and one more under way.
const oneCall = 1<<32 | 1

// inside is how many calls are under way.
func (b *blockings) inside() int { return int(uint32(b.calls.Load())) }

// rest has the goroutine scheduled if that is due.
func (b *blockings) rest() {
	if b.calls.Load()>>32%restRounds != 0 {
		return
	}
	if now := time.Since(b.began).Nanoseconds(); now-b.rested.Load() > restAfter.Nanoseconds() {
		b.rested.Store(now)
		runtime.Gosched()
	}
}

// leave returns err, or why the world broke because of ctx.
func (t *Transport) leave(ctx context.Context, err error) error {
	if s := t.stopped.Load(); s != nil && ctx.Err() != nil {
		err = s.cause
	}
	t.blockings.calls.Add(^uint64(0))
	return err
}

// watch sees to the end of ctx, and no more to that of another; calls with the same one
// are watched once.
func (b *blockings) watch(t *Transport, ctx context.Context) {
	done := ctx.Done()
	if done == nil && b.watched.Load() == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop()
	if done == nil {
		return
	}
	w := &watched{done: done}
	b.watched.Store(w)
	b.watches.Add(1)
	unwatch := context.AfterFunc(ctx, func() {
		defer b.watches.Done()
		b.ended(t, ctx, w)
	})
	b.unwatch = func() bool {
		if unwatch() {
			b.watches.Done()
			return true
		}
		return false
	}
}

// stop ends the watch there is. b.mu is held.
func (b *blockings) stop() {
	if b.unwatch != nil {
		b.unwatch()
		b.unwatch = nil
		b.watched.Store(nil)
	}
}

// ended breaks the world, if a call with ctx is within MPI, and gives it its time.
func (b *blockings) ended(t *Transport, ctx context.Context, w *watched) {
	// In this order: who enters with another context watches that first.
	if b.inside() == 0 || b.watched.Load() != w {
		return
	}
	t.Break(transport.Cause(ctx))
	tick := time.NewTicker(stuckAfter / 20)
	defer tick.Stop()
	for range 20 {
		if b.inside() == 0 {
			return
		}
		<-tick.C
	}
	b.mu.Lock()
	late := b.late
	b.mu.Unlock()
	if late != nil && b.inside() > 0 {
		late(transport.Cause(ctx))
	}
}

// close waits for the calls under way, of which none begins any longer, and for what
// watches.
func (b *blockings) close(turn turn) {
	for ; b.inside() > 0; turn.pause() {
	}
	b.mu.Lock()
	b.stop()
	b.mu.Unlock()
	b.watches.Wait()
}

//go:build mpi

package mpi

import (
	"context"
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
	inside atomic.Int64 // calls under way

	mu      sync.Mutex
	watched <-chan struct{} // of the context watched
	unwatch func() bool
	late    func(error)
	watches sync.WaitGroup
}

// OnStuck has late called, once, when a context has ended and a collective does not
// come to its end: nothing can interrupt MPI, so late is to tell the error and to
// abort the world. Without it the collective goes on.
func (t *Transport) OnStuck(late func(error)) {
	t.blockings.mu.Lock()
	defer t.blockings.mu.Unlock()
	t.blockings.late = late
}

// blocking calls f, which waits within MPI and cannot be interrupted there. When the
// context ends before it does, the world is broken; see OnStuck.
func (t *Transport) blocking(ctx context.Context, f func() error) error {
	t.using.RLock()
	defer t.using.RUnlock()
	if s := t.stopped.Load(); s != nil {
		return s.cause
	}
	t.blockings.inside.Add(1)
	defer t.blockings.inside.Add(-1)
	t.blockings.watch(t, ctx)
	if ctx.Err() != nil { // looked at after inside: ended does nothing for nobody
		t.Break(transport.Cause(ctx))
		return t.stopped.Load().cause
	}
	err := f()
	if s := t.stopped.Load(); s != nil && ctx.Err() != nil {
		return s.cause
	}
	return err
}

// watch sees to the end of ctx; calls with the same one are watched once.
func (b *blockings) watch(t *Transport, ctx context.Context) {
	if ctx.Done() == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watched == ctx.Done() {
		return
	}
	b.stop()
	b.watched = ctx.Done()
	b.watches.Add(1)
	unwatch := context.AfterFunc(ctx, func() {
		defer b.watches.Done()
		b.ended(t, ctx)
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
		b.watched, b.unwatch = nil, nil
	}
}

// ended breaks the world, if a call with ctx is within MPI, and gives it its time.
func (b *blockings) ended(t *Transport, ctx context.Context) {
	b.mu.Lock()
	current := b.watched == ctx.Done()
	b.mu.Unlock()
	if !current || b.inside.Load() == 0 {
		return
	}
	t.Break(transport.Cause(ctx))
	tick := time.NewTicker(stuckAfter / 20)
	defer tick.Stop()
	for range 20 {
		if b.inside.Load() == 0 {
			return
		}
		<-tick.C
	}
	b.mu.Lock()
	late := b.late
	b.mu.Unlock()
	if late != nil && b.inside.Load() > 0 {
		late(transport.Cause(ctx))
	}
}

// close waits for what watches.
func (b *blockings) close() {
	b.mu.Lock()
	b.stop()
	b.mu.Unlock()
	b.watches.Wait()
}

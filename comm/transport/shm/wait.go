package shm

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"numcomp/comm/transport"
)

// looks is how many times a rank that spins looks before it looks at the clock.
const looks = 64

// errForeign is the error of waiting for a request that no transport of ours made.
var errForeign = errors.New("shm: request of another transport")

// Wait implements transport.Transport.
func (t *Transport) Wait(ctx context.Context, reqs ...transport.Request) error {
	near := 0
	for _, req := range reqs {
		if _, ok := req.(*request); ok {
			near++
		}
	}
	if near < len(reqs) {
		return t.waitBoth(ctx, reqs, near)
	}
	// One after the other: who attends has its peers leave all copying to it, and of a
	// stream both sides should copy.
	for _, req := range reqs {
		if r := req.(*request); !r.ended.Load() {
			t.wait(ctx, r)
		}
	}
	for _, req := range reqs {
		if err := req.(*request).err; err != nil {
			return err
		}
	}
	return nil
}

// waitBoth waits for requests of which only near are this transport's own. While it
// waits for the others, the keeper has messages of this node move.
func (t *Transport) waitBoth(ctx context.Context, reqs []transport.Request, near int) error {
	if t.far == nil {
		return errForeign
	}
	t.keep()
	if near == 0 {
		err := t.far.Wait(ctx, reqs...)
		if ctx.Err() != nil {
			t.Break(transport.Cause(ctx))
		}
		return err
	}
	own, others := make([]transport.Request, 0, near), make([]transport.Request, 0, len(reqs)-near)
	for _, req := range reqs {
		if _, ok := req.(*request); ok {
			own = append(own, req)
		} else {
			others = append(others, req)
		}
	}
	farErr := t.far.Wait(ctx, others...)
	if ctx.Err() != nil {
		t.Break(transport.Cause(ctx))
	}
	if err := t.Wait(ctx, own...); err != nil {
		return err
	}
	return farErr
}

// wait returns when r has ended.
func (t *Transport) wait(ctx context.Context, r *request) {
	t.life.RLock()
	defer t.life.RUnlock()
	if ctx.Err() != nil {
		t.Break(transport.Cause(ctx))
	}
	if !t.over.Load() {
		if !t.quiet() {
			t.poll()
		}
		if r.ended.Load() || t.attend(ctx, r) {
			return
		}
	}
	t.sleep(ctx, r)
}

// attend looks for messages until r has ended, and has peers know that it does: they
// need not copy what it sends by themselves.
func (t *Transport) attend(ctx context.Context, r *request) bool {
	t.e.box.attending.Add(1)
	defer t.e.box.attending.Add(-1)
	t.step(stepAttending)
	return t.lookFor(ctx, r.ended.Load)
}

// lookFor looks for messages until enough, for as long as the policy says since the
// last part of a long one, and tells whether it is.
func (t *Transport) lookFor(ctx context.Context, enough func() bool) bool {
	spin, long := t.opts.Waiting.Spin, t.opts.Waiting.Spin+t.opts.Waiting.Yield
	if long <= 0 {
		return false
	}
	if t.dozes.Load() { // spare the others the waking of the sleeper
		t.e.box.asleep.Store(0)
		defer func() {
			t.e.box.asleep.Store(1)
			t.poll()
		}()
	}
	began, moved := time.Now(), t.moved.Load()
	for i := 1; ; i++ {
		quiet := t.quiet()
		if enough() {
			return true
		}
		if !quiet {
			t.poll()
		}
		if i%looks != 0 {
			continue
		}
		now := time.Now()
		if more := t.moved.Load(); more != moved {
			began, moved = now, more
		}
		past := now.Sub(began)
		if past >= long || t.over.Load() || ctx.Err() != nil {
			return false
		}
		if past >= spin {
			i = looks - 1 // a look, a turn of others
			yield()
		}
	}
}

// sleep sleeps until r has ended.
func (t *Transport) sleep(ctx context.Context, r *request) {
	w, _ := t.waiters.Get().(*waiter)
	if w == nil {
		w = &waiter{ended: make(chan struct{}, 1), bell: t.e.bell.wakeFD}
	}
	t.mu.Lock()
	follows := r.follow(w)
	t.mu.Unlock()
	if follows {
		stop := transport.BreakWith(ctx, t)
		select {
		case t.token <- struct{}{}:
			t.doze(r.ended.Load, &w.parked)
			<-t.token
			<-w.ended
		case <-w.ended:
		}
		stop()
	}
	t.waiters.Put(w)
}

// doze sleeps at the doorbell, and sees to what comes, until enough. Before it
// looks whether it is, parked says that from then on it takes the bell to wake it.
// The caller has the token.
func (t *Transport) doze(enough func() bool, parked *atomic.Bool) {
	t.dozes.Store(true)
	defer t.dozes.Store(false)
	asleep := &t.e.box.asleep
	for {
		asleep.Store(1)
		t.step(stepAsleep)
		t.poll()
		t.takeOver()
		t.lookAtPeers()
		parked.Store(true)
		if enough() {
			parked.Store(false)
			asleep.Store(0)
			return
		}
		t.step(stepSleeps)
		if t.over.Load() {
			t.e.bell.sleep(endPause) // a peer that dies while it copies does not ring
		} else {
			t.e.bell.sleep(0)
		}
		t.step(stepWoken)
		parked.Store(false)
	}
}

// keep starts the keeper, who dozes whenever nobody else does, until Close.
func (t *Transport) keep() {
	t.keeps.Do(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.end != nil {
			return
		}
		t.tasks.Go(func() {
			t.life.RLock()
			defer t.life.RUnlock()
			t.token <- struct{}{}
			t.doze(t.over.Load, new(atomic.Bool)) // finish rings
			<-t.token
		})
	})
}

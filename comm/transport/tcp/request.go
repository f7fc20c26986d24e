package tcp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"numcomp/comm/transport"
)

// request is one send or receive. Whoever took it out of the link's queues owns
// buf, size and at; end gives it back to who waits.
type request struct {
	tag  transport.Tag
	buf  []byte
	size int // length of the whole message
	at   int // bytes of it that have moved, of a message in pieces
	id   uint64

	mu     sync.Mutex
	ended  bool
	n      int
	err    error
	waiter *waiter
	more   []*waiter // those who wait for the same request, after the first
}

// N is the length of the message in bytes.
func (r *request) N() int { return r.n }

func failed(err error) *request { return &request{ended: true, err: err} }

// end ends the request. The buffer must not be touched after it.
func (r *request) end(n int, err error) {
	r.mu.Lock()
	r.ended, r.n, r.err = true, n, err
	w, more := r.waiter, r.more
	r.waiter, r.more, r.buf = nil, nil, nil
	r.mu.Unlock()
	if w != nil {
		w.done()
	}
	for _, w := range more {
		w.done()
	}
}

// result returns the request's error, once it has ended.
func (r *request) result() (ended bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended, r.err
}

// attach has w told of the request's end, unless that has come.
func (r *request) attach(w *waiter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.ended:
		return
	case r.waiter == nil:
		r.waiter = w
	default:
		r.more = append(r.more, w)
	}
	w.left.Add(1)
}

// waiter is one call of Wait.
type waiter struct {
	left atomic.Int64 // requests not ended yet, and one while they are counted
	all  chan struct{}
}

func (w *waiter) done() {
	if w.left.Add(-1) == 0 {
		w.all <- struct{}{}
	}
}

// errForeign is the error of waiting for a request that another transport made.
var errForeign = errors.New("tcp: request of another transport")

// Wait implements transport.Transport.
func (t *Transport) Wait(ctx context.Context, reqs ...transport.Request) error {
	w, _ := t.waiters.Get().(*waiter)
	if w == nil {
		w = &waiter{all: make(chan struct{}, 1)}
	}
	w.left.Store(1)
	for _, req := range reqs {
		if r, ok := req.(*request); ok {
			r.attach(w)
		}
	}
	if w.left.Add(-1) != 0 {
		select {
		case <-w.all:
		case <-ctx.Done():
			t.Break(causeOf(ctx))
			<-w.all
		}
	}
	t.waiters.Put(w)

	for _, req := range reqs {
		r, ok := req.(*request)
		if !ok {
			return errForeign
		}
		if _, err := r.result(); err != nil {
			return err
		}
	}
	return nil
}

// causeOf is why ctx ended: its error, and what it was cancelled with.
func causeOf(ctx context.Context) error {
	err, why := ctx.Err(), context.Cause(ctx)
	if why == nil || errors.Is(err, why) {
		return err
	}
	return fmt.Errorf("%w: %w", err, why)
}

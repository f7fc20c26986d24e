package tcp

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"numcomp/comm/transport"
)

// request is one send or receive. Whoever took it out of the link's queues owns
// buf, size and at; end gives it back to who waits.
type request struct {
	link    *link // nil for a message to this rank itself
	receive bool
	long    bool // its buffer has longMessage bytes or more
	tag     transport.Tag
	buf     []byte
	size    int // length of the whole message
	at      int // bytes of it that have moved, of a message in pieces
	id      uint64

	ended atomic.Bool // set last: n and err may be read then
	n     int
	err   error

	mu       sync.Mutex
	followed bool // counted among the link's followers
	waiter   *waiter
	more     []*waiter // those who wait for the same request, after the first
}

// N is the length of the message in bytes.
func (r *request) N() int { return r.n }

func failed(err error) *request {
	r := &request{err: err}
	r.ended.Store(true)
	return r
}

func finished(n int) *request {
	r := &request{n: n}
	r.ended.Store(true)
	return r
}

func (r *request) hasEnded() bool { return r.ended.Load() }

// end ends the request. The buffer must not be touched after it.
func (r *request) end(n int, err error) {
	r.mu.Lock()
	r.n, r.err, r.buf = n, err, nil
	w, more := r.waiter, r.more
	r.waiter, r.more = nil, nil
	r.ended.Store(true)
	if r.followed {
		r.link.followers.Add(-1)
		if r.receive {
			r.link.hot.Store(true)
		}
	}
	r.mu.Unlock()
	if w != nil {
		w.done()
	}
	for _, w := range more {
		w.done()
	}
}

// follow has w told of the request's end, unless that has come, and sees to it
// that somebody reads meanwhile.
func (r *request) follow(w *waiter) {
	l := r.link
	if l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.ended.Load():
		return
	case r.waiter == nil:
		r.waiter = w
	default:
		r.more = append(r.more, w)
	}
	w.left.Add(1)
	if l != nil && !r.followed {
		r.followed = true
		l.followers.Add(1)
		l.readInBackground()
	}
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
	if err := t.wait(ctx, reqs); err != nil {
		return err
	}
	for _, req := range reqs {
		if err := req.(*request).err; err != nil {
			return err
		}
	}
	return nil
}

// wait returns when every request has ended.
func (t *Transport) wait(ctx context.Context, reqs []transport.Request) error {
	pending := false
	for _, req := range reqs {
		r, ok := req.(*request)
		if !ok {
			return errForeign
		}
		pending = pending || !r.hasEnded()
	}
	if !pending {
		return nil
	}
	if ctx.Err() != nil {
		t.Break(transport.Cause(ctx))
	}
	if t.drive(ctx, reqs) {
		return nil
	}

	w, _ := t.waiters.Get().(*waiter)
	if w == nil {
		w = &waiter{all: make(chan struct{}, 1)}
	}
	w.left.Store(1)
	for _, req := range reqs {
		req.(*request).follow(w)
	}
	if w.left.Add(-1) != 0 {
		select {
		case <-w.all:
		case <-ctx.Done():
			t.Break(transport.Cause(ctx))
			<-w.all
		}
	}
	t.waiters.Put(w)
	return nil
}

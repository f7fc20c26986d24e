package shm

import (
	"sync/atomic"
)

// request is one send or receive. All but ended is guarded by Transport.mu until
// ended is set.
type request struct {
	link *link // nil for a message to this rank itself
	buf  []byte
	tick ticket  // of a send on offer, or of a receive that has asked for one
	size int     // of either: length of the message
	got  int     // of a receive that has asked: bytes that have come
	addr uintptr // of it: where the message is, 0 if only its sender knows

	ended atomic.Bool // set last: n and err may be read then
	n     int
	err   error

	waiter *waiter
	more   []*waiter // those who wait for the same request, after the first
}

// N is the length of the message in bytes.
func (r *request) N() int { return r.n }

func failed(err error) *request {
	r := &request{err: err}
	r.ended.Store(true)
	return r
}

// finish ends the request. The buffer must not be touched after it. Transport.mu is
// held, or nobody else has the request yet.
func (r *request) finish(n int, err error) {
	w, more := r.waiter, r.more
	r.n, r.err, r.buf, r.waiter, r.more = n, err, nil, nil, nil
	r.ended.Store(true)
	if w != nil {
		w.done()
	}
	for _, w := range more {
		w.done()
	}
}

// follow has w told of the request's end, unless that has come: false. Transport.mu is
// held.
func (r *request) follow(w *waiter) bool {
	switch {
	case r.ended.Load():
		return false
	case r.waiter == nil:
		r.waiter = w
	default:
		r.more = append(r.more, w)
	}
	return true
}

// waiter is one call of Wait that sleeps.
type waiter struct {
	ended chan struct{} // gets something when the request has ended
	// parked: it sleeps at bell, from which another goroutine that ends the request has
	// to wake it.
	parked atomic.Bool
	bell   int
}

func (w *waiter) done() {
	w.ended <- struct{}{}
	if w.parked.Load() {
		ringBell(w.bell)
	}
}

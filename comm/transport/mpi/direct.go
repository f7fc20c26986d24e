//go:build mpi

package mpi

import (
	"context"
	"runtime"

	"numcomp/comm/transport"
)

// A short message goes without a request, and by one call of C at either side: the
// sender's starts it, which ends most, and the receiver's posts the receive and looks
// for a while. What has not ended by then becomes a request. A long one is a request
// from the beginning, which one call of C starts and looks at for a while.

const (
	// roundabout is how many receives take the short way, which looks at nothing but
	// its own message, before one takes the long way, which also looks for notices.
	roundabout = 64
	// directLooks is how often the short way looks: some 10 us. Of a call of C that
	// takes 20 us Go's run-time takes the processor.
	directLooks = 200
)

var _ transport.Direct = (*Transport)(nil)

// Send implements transport.Direct.
func (t *Transport) Send(ctx context.Context, to int, tag transport.Tag, p []byte) error {
	var sent bool
	var r *request
	if len(p) <= short {
		sent, r = t.sendNow(to, tag, p)
	} else {
		r = t.sendLong(to, tag, p)
	}
	switch {
	case sent:
		return nil
	case r == nil:
		return t.Wait(ctx, t.Isend(to, tag, p))
	case r.ended: // nobody but who waits looks at a send
		return r.err
	}
	return t.wait(ctx, r)
}

// sendNow sends a short message: it has gone, or r is under way. Neither: it is for
// Isend.
func (t *Transport) sendNow(to int, tag transport.Tag, p []byte) (sent bool, r *request) {
	mpi, ok := t.straight(to, tag)
	if !ok {
		return false, nil
	}
	t.using.RLock()
	defer t.using.RUnlock()
	peer := &t.peers[to]
	if t.stopped.Load() != nil || peer.closed.Load() {
		return false, nil
	}
	peer.meet()
	t.traffic.add(1, len(p))
	b := t.envelopes.take(len(p) + 1)
	var o op
	err := t.end.sendNow(&o, to, mpi, b, p)
	if err == nil && o.done() {
		t.envelopes.give(b)
		return true, nil
	}
	r = &request{t: t, peer: to, tag: tag, p: p, envelope: b, first: o}
	if err != nil {
		r.end(0, err)
		return false, r
	}
	r.unsent = true
	peer.unsent.Add(1)
	return false, r
}

// Recv implements transport.Direct.
func (t *Transport) Recv(ctx context.Context, from int, tag transport.Tag, p []byte) (n int, err error) {
	var r *request
	if n = -1; len(p) <= short {
		n, r = t.recvNow(from, tag, p)
	} else {
		n, r = t.recvLong(from, tag, p)
	}
	if n >= 0 {
		return n, nil
	}
	if r == nil {
		q := t.Irecv(from, tag, p)
		err = t.Wait(ctx, q)
		return q.N(), err
	}
	err = t.wait(ctx, r)
	return r.n, err
}

// recvNow receives a message into at most an envelope: its length, or the request that
// is under way. Neither, a negative length and nil: it is for Irecv.
func (t *Transport) recvNow(from int, tag transport.Tag, p []byte) (n int, r *request) {
	mpi, ok := t.straight(from, tag)
	if !ok || t.detour() {
		return -1, nil
	}
	t.using.RLock()
	defer t.using.RUnlock()
	if t.stopped.Load() != nil {
		return -1, nil
	}
	t.peers[from].meet()
	size := t.room(from, len(p))
	b := t.envelopes.take(size)
	var o op
	times, yield := t.looks()
	n, err := t.end.recvNow(&o, from, mpi, b[:size], p, times, yield)
	if n >= 0 && err == nil {
		t.envelopes.give(b)
		return n, nil
	}
	r = &request{t: t, peer: from, tag: tag, p: p, recv: true, envelope: b, first: o}
	if err != nil {
		r.end(0, err)
	}
	return -1, r
}

// straight is the MPI tag of a message to or from peer, if it has one and there is such
// a rank.
func (t *Transport) straight(peer int, tag transport.Tag) (mpi int, ok bool) {
	mpi, ok = t.tags.direct(tag)
	return mpi, ok && peer >= 0 && peer < t.size
}

// looks is how often one of these calls looks, and whether the CPU is handed on between.
func (t *Transport) looks() (times int, yield bool) {
	if t.waiting.spin == 0 {
		return burst, true // the CPU's other ranks have it in between
	}
	return directLooks, false
}

// detour tells whether a receive is to take the long way. A goroutine that does
// nothing but these short calls has itself scheduled then; see rest.
func (t *Transport) detour() bool {
	n := t.shortcuts.Load() + 1
	t.shortcuts.Store(n)
	if n%roundabout != 0 {
		return false
	}
	t.notices.take(t)
	runtime.Gosched()
	return true
}

//go:build mpi

package mpi

import "numcomp/comm/transport"

// The buffers of long messages are not pinned during the calls of C below: they are on
// the heap or not Go's, and the request holds them. What outlasts the call is.

// sendLong starts a long message and looks at it for a while. nil: it is for Isend.
func (t *Transport) sendLong(to int, tag transport.Tag, p []byte) *request {
	mpi, ok := t.straight(to, tag)
	if !ok {
		return nil
	}
	t.using.RLock()
	defer t.using.RUnlock()
	peer := &t.peers[to]
	if t.stopped.Load() != nil || peer.closed.Load() {
		return nil
	}
	peer.meet()
	t.traffic.add(1, len(p))
	h := header{tag: tag, seq: peer.headers.Add(1), n: len(p)}
	b := t.envelopes.take(headerSize + 1)
	var first, data op
	times, yield := t.looks()
	err := t.end.sendLong(&first, &data, to, mpi, t.tags.data(h.seq), b[:h.encode(b)], p, times, yield)
	r := &request{t: t, peer: to, tag: tag, p: p, envelope: b, first: first, data: data, moving: true}
	switch {
	case err != nil:
		r.end(0, err)
	case first.done() && data.done():
		r.look(1, false)
	}
	if !r.ended {
		t.pins.hold(r, p)
		r.unsent = true
		peer.unsent.Add(1) // until r ends
	}
	return r
}

// recvLong posts a receive into more than an envelope and looks for a while at what
// comes: the length of what has, or the request that is under way. Neither, a negative
// length and nil: it is for Irecv.
func (t *Transport) recvLong(from int, tag transport.Tag, p []byte) (n int, r *request) {
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
	var first, data op
	times, yield := t.looks()
	state, err := t.notices.during(func(notice *op) (arrival, error) {
		return t.end.recvLong(&first, &data, from, mpi, t.tags.top, b[:size], p, times, yield, notice)
	})
	if state == arrived && err == nil && t.stopped.Load() == nil && !t.peers[from].dropped.Load() { // see doubt
		t.envelopes.give(b)
		return data.n(), nil
	}
	r = &request{t: t, peer: from, tag: tag, p: p, recv: true, envelope: b, first: first, data: data}
	if state != awaited {
		r.matched, r.moving = true, true
		r.drop()
	}
	switch {
	case err != nil:
		r.end(0, err)
	case r.first.done():
		if r.look(1, false) {
			t.doubt(r)
		}
	}
	switch {
	case r.ended:
	case state != awaited:
		t.pins.hold(r, p)
	case !r.moving:
		t.arrivals.add(r)
	}
	return -1, r
}

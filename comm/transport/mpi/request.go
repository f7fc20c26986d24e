//go:build mpi

package mpi

import (
	"slices"
	"sync"

	"numcomp/comm/transport"
)

// request is one operation under way.
type request struct {
	mu sync.Mutex // of all below

	t    *Transport
	peer int
	recv bool
	tag  transport.Tag
	p    []byte

	envelope []byte // C's memory; nil: none, or ended
	first    op     // the envelope's
	matched  bool   // a receive: its header has come
	wide     bool   // its tag is none of MPI's: wide.go matches it
	data     op     // the bytes', once started
	moving   bool   // data is started
	held     bool   // the bytes are pinned
	unsent   bool   // a send that its peer's count has
	sink     []byte // takes the bytes of a message that is too long

	ended     bool
	abandoned bool // MPI may still use the memory
	n         int
	err       error
}

func (r *request) N() int { return r.n }

// end ends r: MPI has done with its memory, or abandoned says that it may not have.
func (r *request) end(n int, err error) {
	if r.ended {
		return
	}
	if r.held && !r.abandoned {
		r.t.pins.release(r)
	}
	if r.unsent {
		r.t.peers[r.peer].unsent.Add(-1)
	}
	if r.envelope != nil && !r.abandoned && r.first.over() {
		r.drop() // with an error of MPI's, of which it has made an end
	}
	r.ended, r.n, r.err, r.p, r.sink = true, n, err, nil, nil
}

// drop gives the envelope back, which MPI has done with.
func (r *request) drop() {
	r.t.envelopes.give(r.envelope)
	r.envelope = nil
}

// send starts r, a send: in its envelope, or with a header there.
func (r *request) send() error {
	t := r.t
	mpi, ok := t.tags.direct(r.tag)
	if ok && len(r.p) <= short {
		r.envelope = t.envelopes.take(len(r.p) + 1)
		copy(r.envelope, r.p)
		r.envelope[len(r.p)] = markShort
		return t.end.send(&r.first, r.peer, mpi, r.envelope[:len(r.p)+1])
	}
	if !ok {
		mpi = t.tags.header()
	}
	h := header{tag: r.tag, seq: t.peers[r.peer].headers.Add(1), n: len(r.p)}
	r.envelope = t.envelopes.take(headerSize + 1)
	if err := t.end.send(&r.first, r.peer, mpi, r.envelope[:h.encode(r.envelope)]); err != nil {
		return err
	}
	t.pins.hold(r, r.p)
	r.moving = true
	return t.end.send(&r.data, r.peer, t.tags.data(h.seq), r.p)
}

// post starts r, a receive.
func (r *request) post() error {
	mpi, ok := r.t.tags.direct(r.tag)
	if !ok {
		r.wide = true
		return r.t.wide.post(r)
	}
	n := r.t.room(r.peer, len(r.p))
	r.envelope = r.t.envelopes.take(n)
	return r.t.end.recv(&r.first, r.peer, mpi, r.envelope[:n])
}

// match gives r, a receive, the header of its message.
func (r *request) match(h header) error {
	to := r.p
	if h.n > len(to) {
		r.sink = make([]byte, h.n) // the sender waits until somebody has taken it
		to = r.sink
	}
	r.matched, r.moving = true, true
	r.t.pins.hold(r, to)
	return r.t.end.recv(&r.data, r.peer, r.t.tags.data(h.seq), to[:h.n])
}

// look looks at r, at most times times, and ends it if MPI has.
func (r *request) look(times int, yield bool) bool {
	err := r.step(times, yield)
	if err != nil {
		r.end(0, err)
	}
	return r.ended
}

func (r *request) step(times int, yield bool) error {
	if r.wide && r.recv {
		if matched, err := r.t.wide.look(r, times, yield); err != nil || !matched {
			return err
		}
	}
	if r.envelope != nil {
		if err := r.first.look(times, yield); err != nil || !r.first.done() {
			return err
		}
		if err := r.opened(); err != nil || r.ended {
			return err
		}
	}
	if err := r.data.look(times, yield); err != nil || !r.data.done() {
		return err
	}
	switch {
	case !r.recv:
		r.end(len(r.p), nil)
	case r.data.cancelled():
		return errCancelled
	case r.sink != nil:
		return transport.ErrTruncated
	default:
		r.end(r.data.n(), nil)
	}
	return nil
}

// opened does what the envelope says, which has come or gone.
func (r *request) opened() error {
	if !r.recv {
		r.drop()
		if !r.moving {
			r.end(len(r.p), nil)
		}
		return nil
	}
	if r.first.cancelled() {
		r.drop()
		return errCancelled
	}
	n := r.first.n() - 1
	mark := r.envelope[n]
	if mark == markHeader {
		h := decodeHeader(r.envelope)
		r.drop()
		return r.match(h)
	}
	if n > len(r.p) { // up to a header's length there is room for more
		r.drop()
		return transport.ErrTruncated
	}
	copy(r.p, r.envelope[:n])
	r.drop()
	r.end(n, nil)
	return nil
}

// cancel asks MPI to take r, a receive, back.
func (r *request) cancel() error {
	if r.moving {
		return r.data.cancel()
	}
	return r.first.cancel()
}

// arrivals are the receives into more than an envelope that have no header yet.
// Whoever waits, for whatever, looks at them too: their senders' bytes do not move
// before.
type arrivals struct {
	mu   sync.Mutex
	list []*request
}

func (a *arrivals) add(r *request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, r)
}

// look looks at all, but for those that others are looking at.
func (a *arrivals) look() {
	if !a.mu.TryLock() {
		return
	}
	defer a.mu.Unlock()
	a.list = slices.DeleteFunc(a.list, func(r *request) bool {
		if !r.mu.TryLock() {
			return false
		}
		defer r.mu.Unlock()
		if !r.ended && !r.moving {
			r.look(1, false)
		}
		return r.ended || r.moving
	})
}

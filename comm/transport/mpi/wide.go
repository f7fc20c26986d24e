//go:build mpi

package mpi

import (
	"slices"
	"sync"
)

// wide matches messages whose tags are none of MPI's. Their headers all have one
// tag, and a receiver matches them itself; the bytes stay with MPI until it does, so
// that nothing is kept here but headers.
type wide struct {
	mu    sync.Mutex
	peers map[int]*widePeer
}

// widePeer is one rank's.
type widePeer struct {
	arrived []header   // without a receive yet
	posted  []*request // without a header yet
	next    op         // the receive of the next header
	in      []byte     // and its memory, C's; nil: none is posted
}

// post posts r, a receive.
func (w *wide) post(r *request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.peers == nil {
		w.peers = map[int]*widePeer{}
	}
	p := w.peers[r.peer]
	if p == nil {
		p = &widePeer{}
		w.peers[r.peer] = p
	}
	p.posted = append(p.posted, r)
	return p.take(r.t, r.peer, 1, false)
}

// look looks for the header of r, a receive, and tells whether r has it.
func (w *wide) look(r *request, times int, yield bool) (matched bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !r.matched {
		err = w.peers[r.peer].take(r.t, r.peer, times, yield)
	}
	return r.matched, err
}

// withdraw takes r back unless its header has come, and tells whether it did.
func (w *wide) withdraw(r *request) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.matched {
		return false
	}
	p := w.peers[r.peer]
	p.posted = slices.DeleteFunc(p.posted, func(q *request) bool { return q == r })
	return true
}

// take matches the headers that are there with the receives that are posted.
func (p *widePeer) take(t *Transport, rank, times int, yield bool) error {
	for {
		if err := p.match(); err != nil || len(p.posted) == 0 {
			return err
		}
		if p.in == nil {
			p.in, p.next = t.envelopes.take(headerSize+1), op{}
			if err := t.end.recv(&p.next, rank, t.tags.header(), p.in[:headerSize+1]); err != nil {
				return err
			}
		}
		err := p.next.look(times, yield)
		if err == nil && !p.next.done() {
			return nil
		}
		if err != nil {
			if p.next.over() {
				t.envelopes.give(p.in)
				p.in = nil
			}
			return err
		}
		p.arrived = append(p.arrived, decodeHeader(p.in))
		t.envelopes.give(p.in)
		p.in = nil
	}
}

// match gives the oldest receives of each tag the oldest headers of it.
func (p *widePeer) match() (err error) {
	p.posted = slices.DeleteFunc(p.posted, func(r *request) bool {
		i := slices.IndexFunc(p.arrived, func(h header) bool { return h.tag == r.tag })
		if i < 0 || err != nil {
			return false
		}
		err = r.match(p.arrived[i])
		p.arrived = slices.Delete(p.arrived, i, i+1)
		return true
	})
	return err
}

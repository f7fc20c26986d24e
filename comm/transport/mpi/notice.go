//go:build mpi

package mpi

import (
	"encoding/binary"
	"sync"
	"time"
)

// Notices are messages of the transport's own, each to one rank, behind all others
// sent to it. Their format is ranks' of one build.
type notice struct {
	kind noticeKind
	from int    // the rank it is about
	text string // why
}

type noticeKind byte

const (
	closed  noticeKind = 1 + iota // the rank has closed its transport
	dropped                       // and messages to the receiver had not ended
	broke                         // the rank has broken the world
)

// noticeSize bounds a notice; a longer text is cut.
const noticeSize = 1024

// encode writes n to b, of noticeSize bytes, and returns how long it is: the kind, the
// rank (4 bytes, the lowest first), the text.
func (n notice) encode(b []byte) int {
	b[0] = byte(n.kind)
	binary.LittleEndian.PutUint32(b[1:], uint32(n.from))
	return 5 + copy(b[5:noticeSize], n.text)
}

func decodeNotice(b []byte) (notice, bool) {
	if len(b) < 5 {
		return notice{}, false
	}
	return notice{noticeKind(b[0]), int(binary.LittleEndian.Uint32(b[1:])), string(b[5:])}, true
}

// notices takes those that come and sends this rank's.
type notices struct {
	mu sync.Mutex // held by who takes; after a request's
	in []byte     // C's memory
	op op

	out []*outgoing
}

// outgoing is a notice under way.
type outgoing struct {
	op op
	b  []byte // C's memory
}

// open posts the receive of the first notice.
func (n *notices) open(t *Transport) error {
	n.in = t.envelopes.take(noticeSize)[:noticeSize]
	return n.post(t)
}

func (n *notices) post(t *Transport) error {
	n.op = op{}
	return t.end.recv(&n.op, anySource, t.tags.notice(), n.in)
}

// take acts on the notices that have come, unless another goroutine does.
func (n *notices) take(t *Transport) {
	if n.mu.TryLock() {
		defer n.mu.Unlock()
		n.taken(t)
	}
}

// taken acts on the notices that have come. n.mu is held.
func (n *notices) taken(t *Transport) {
	for t.stopped.Load() == nil {
		err := n.op.look(1, false)
		if err == nil && !n.op.done() {
			return
		}
		note, ok := decodeNotice(n.in[:n.op.n()])
		if err == nil && ok {
			n.act(t, note)
			err = n.post(t)
		}
		if err != nil {
			t.Break(err)
		}
	}
}

// settle is take, and waits for a goroutine that does.
func (n *notices) settle(t *Transport) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.taken(t)
}

// during calls receive with the receive of the next notice, nil if another goroutine
// has it.
func (n *notices) during(receive func(*op) (arrival, error)) (arrival, error) {
	if !n.mu.TryLock() {
		return receive(nil)
	}
	defer n.mu.Unlock()
	return receive(&n.op)
}

func (n *notices) act(t *Transport, note notice) {
	if note.from < 0 || note.from >= t.size {
		return
	}
	p := &t.peers[note.from]
	switch note.kind {
	case broke:
		t.Break(&BrokenError{Rank: note.from, Cause: note.text})
	case dropped:
		p.dropped.Store(true)
		p.closed.Store(true)
	case closed:
		p.closed.Store(true)
	}
}

// tell sends note to every rank that this one exchanged messages with. Of those
// that are known to have closed none needs it.
func (n *notices) tell(t *Transport, note notice) {
	for rank := range t.peers {
		p := &t.peers[rank]
		if rank == t.rank || !p.known.Load() || p.closed.Load() {
			continue
		}
		mine := note
		if note.kind == closed && p.unsent.Load() > 0 {
			mine.kind = dropped
		}
		o := &outgoing{b: t.envelopes.take(noticeSize)}
		if t.end.send(&o.op, rank, t.tags.notice(), o.b[:mine.encode(o.b)]) == nil && !o.op.done() {
			n.out = append(n.out, o)
		} else {
			t.envelopes.give(o.b)
		}
	}
}

// leave is how long the messages sent before a Close may take to be on their way.
const leave = 5 * time.Second

// close sees the notices off, and with them all that was sent before, and takes
// back the receive of the next.
func (n *notices) close(t *Transport) {
	turn := t.waiting.begin()
	for end := time.Now().Add(leave); len(n.out) > 0 && time.Now().Before(end); {
		o := n.out[0]
		if err := o.op.look(turn.looks()); err == nil && !o.op.done() {
			turn.pause()
			continue
		}
		t.envelopes.give(o.b)
		n.out = n.out[1:]
	}
	if n.op.cancel() == nil {
		for end := time.Now().Add(patience); !n.op.done() && n.op.look(turn.looks()) == nil && time.Now().Before(end); {
		}
	}
}

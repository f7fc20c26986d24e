package shm

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"unsafe"

	"numcomp/comm/transport"
	"numcomp/comm/transport/match"
)

// link is what a rank has to do with another of its node. Transport.mu guards it.
type link struct {
	rank int
	far  bool  // its memory cannot be had: messages go another way
	gone error // why there is nothing more to say to it
	lost bool  // its transport has broken down; what that means is decided outside

	box      *mailbox // the peer's
	bell     int      // the peer's doorbell
	number   int      // of out, in the peer's mailbox
	out      *ring
	sent     uint64           // cost of the eager messages sent
	met      uint64           // of those that are known to have met their receives
	messages match.Fifo[item] // that wait for room, credit or a ticket
	replies  match.Fifo[item] // words that wait for room
	streams  match.Fifo[item] // messages that were asked for

	pipe        []byte // for them; nil: through the ring
	parts, took uint64 // sent through it; of those, known to have been taken

	in      *inbound // nil until the peer has claimed a ring
	matcher match.Matcher[*request, *message]
}

// inbound is a ring of this rank's mailbox.
type inbound struct {
	*ring
	from *link
	pipe []byte // nil: none
	met  uint64 // cost of the eager messages that met their receives
	told uint64 // of those that the sender knows to have
}

// credit tells the sender, at times, that cost bytes are not kept any longer. every
// is how many may go untold.
func (in *inbound) credit(cost, every uint64) {
	if in.met += cost; in.met-in.told >= every {
		in.told = in.met
		in.received.Store(in.met)
	}
}

// message is one that came before its receive.
type message struct {
	data []byte // eager: the message
	cost uint64

	offered bool // else
	size    int
	tick    ticket
	addr    uintptr

	send *request // of a message to this rank itself that was not copied
}

// itemKind says what an item of a link's queue is.
type itemKind uint8

const (
	message1 itemKind = iota // a message, to be sent eagerly or offered
	word                     // a frame with no payload
	stream                   // an offered message that was asked for, in pieces
)

// item is something to be put into a peer's ring.
type item struct {
	kind itemKind
	tag  transport.Tag
	req  *request // of message1 and stream
	f    frame    // of word
	ask  uint64   // of stream: the receiver's number
	at   int      // of stream: bytes that have gone
	turn int      // of stream: bytes that have gone since others had their turn
}

// more tells whether only a part of the item has been put into the ring.
func (it *item) more() bool { return it.kind == stream && it.at < it.req.size }

// send puts an item into l's ring, or at the end of its queue.
func (t *Transport) send(l *link, it item) {
	queue := &l.replies
	switch it.kind {
	case message1:
		queue = &l.messages
	case stream:
		queue = &l.streams
	}
	idle := l.queued() == 0
	if idle && t.put(l, &it) && !it.more() {
		return
	}
	queue.Push(it)
	if idle {
		t.blocked = append(t.blocked, l)
		t.stuck.Add(1)
	}
	t.flush(l)
}

// queued is how many items wait for room in l's ring.
func (l *link) queued() int { return l.messages.Len() + l.replies.Len() + l.streams.Len() }

// flush puts what it can of l's queues into its ring, in turns: replies never wait
// for messages, which can wait for replies of the peer.
func (t *Transport) flush(l *link) {
	for l.queued() > 0 {
		if !t.flushOne(l) {
			// The peer may have made room before it could see the flag.
			l.out.want.Store(1)
			if !t.flushOne(l) {
				return
			}
		}
	}
}

// flushOne puts the oldest of each of l's queues into its ring; false if there is
// room for none.
func (t *Transport) flushOne(l *link) bool {
	moved := false
	if l.replies.Len() > 0 && t.put(l, l.replies.First()) {
		moved = true
		l.replies.Pop()
	}
	if l.messages.Len() > 0 && t.put(l, l.messages.First()) {
		moved = true
		l.messages.Pop()
	}
	if l.streams.Len() > 0 && t.put(l, l.streams.First()) {
		moved = true
		switch it := l.streams.First(); {
		case !it.more():
			l.streams.Pop()
		case it.turn >= turnBytes && l.streams.Len() > 1:
			it.turn = 0
			l.streams.Push(l.streams.Pop())
		}
	}
	return moved
}

// flushAll goes through the links with something queued.
func (t *Transport) flushAll() {
	t.blocked = slices.DeleteFunc(t.blocked, func(l *link) bool {
		if t.flush(l); l.queued() > 0 {
			return false
		}
		t.stuck.Add(-1)
		return true
	})
}

// put puts one frame of an item into l's ring; false if that has to wait.
func (t *Transport) put(l *link, it *item) bool {
	switch it.kind {
	case word:
		if !l.out.put(it.f, nil) {
			return false
		}
	case stream:
		if !t.putStream(l, it) {
			return false
		}
	case message1:
		if !t.putMessage(l, it.tag, it.req) {
			return false
		}
	}
	t.wake(l)
	return true
}

// putMessage sends a message eagerly, or offers it.
func (t *Transport) putMessage(l *link, tag transport.Tag, r *request) bool {
	p := r.buf
	if len(p) <= t.opts.EagerLimit && l.credit(t.opts.Credit, frameLen(len(p))) {
		if !t.putEager(l, tag, p) {
			return false
		}
		r.finish(len(p), nil)
		return true
	}
	if !l.out.room(8) {
		return false
	}
	tick, ok := t.tickets.draw(t.e.box.offers)
	if !ok {
		return false
	}
	r.tick, r.size = tick, len(p)
	t.offers[tick.word()] = r
	addr := uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	return l.out.put(frame{kind: offer, tag: uint64(tag), a: uint64(len(p)), b: uint64(tick)}, appendAddr(addr))
}

// credit tells whether an eager message of that cost is within a credit.
func (l *link) credit(most int, cost uint64) bool {
	if l.sent+cost-l.met <= uint64(most) {
		return true
	}
	l.met = l.out.received.Load()
	return l.sent+cost-l.met <= uint64(most)
}

// putEager sends a message eagerly, if there are credit and room for it.
func (t *Transport) putEager(l *link, tag transport.Tag, p []byte) bool {
	cost := frameLen(len(p))
	if !l.credit(t.opts.Credit, cost) {
		return false
	}
	var back *ring
	if l.in != nil {
		back = l.in.ring
	}
	if !l.out.putEager(uint64(tag), p, back) {
		return false
	}
	l.sent += cost
	return true
}

// wake has l's rank see what has been put into its ring.
func (t *Transport) wake(l *link) {
	t.step(stepPublished)
	if l.number >= watched {
		l.box.bell.Or(1 << (l.number % 64))
	}
	t.rouse(l)
}

// rouse rings l's doorbell if its rank sleeps.
func (t *Transport) rouse(l *link) {
	if l.box.asleep.Load() == 1 && l.box.asleep.CompareAndSwap(1, 0) {
		t.step(stepRoused)
		ringBell(l.bell)
		t.step(stepRung)
	}
}

// offered returns the request of an offer of this rank, if it is one.
func (t *Transport) offered(tick ticket) *request {
	if tick.word() >= len(t.offers) {
		return nil
	}
	if r := t.offers[tick.word()]; r != nil && r.tick == tick {
		return r
	}
	return nil
}

// offerEnded ends the send of an offer.
func (t *Transport) offerEnded(tick ticket, err error) {
	r := t.offered(tick)
	if r == nil {
		return
	}
	t.offers[tick.word()] = nil
	t.tickets.giveBack(tick, t.e.box.offers)
	r.finish(r.size, err)
}

// link returns the link to a rank of this node, and maps its mailbox at first use.
func (t *Transport) link(rank int) *link {
	if l := t.links[rank]; l != nil {
		return l
	}
	l := &link{rank: rank}
	t.links[rank] = l
	if err := t.attach(l); err != nil {
		l.far = true
		if t.far == nil {
			l.gone = fmt.Errorf("rank %d cannot be reached: %w", rank, err)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return l // its process has ended, which others tell
		}
		t.opts.Logf("messages to %s do not go through shared memory: %v", t.nameOf(rank), err)
		return l
	}
	t.active = append(t.active, l)
	t.look(l)
	return l
}

// attach maps the mailbox of l's rank and claims a ring there.
func (t *Transport) attach(l *link) error {
	peer := t.peers.At(l.rank)
	box, err := openMailbox(peer.PID, peer.Memory)
	if err != nil {
		return err
	}
	bell, err := openDoorbell(peer.PID, int(box.doorbell))
	if err != nil {
		unmap(box.mem)
		return err
	}
	t.step(stepMapped)
	number := box.claim()
	if number < 0 {
		unmap(box.mem)
		closeFD(bell)
		return fmt.Errorf("%d ranks have rings in its mailbox: there are no more", maxRings)
	}
	t.step(stepClaimed)
	l.box, l.bell, l.number, l.out = box, bell, number, box.ring(number)
	l.out.onStep = t.opts.onStep
	if !t.opts.NoPipes {
		l.pipe = box.pipe(number)
	}
	others := box.sign(number, t.rank)
	t.step(stepSigned)
	if others {
		t.rouse(l)
	}
	return nil
}

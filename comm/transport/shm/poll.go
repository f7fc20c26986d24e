package shm

import (
	"encoding/binary"
	"fmt"
	"slices"

	"numcomp/comm/transport"
)

// watched is how many rings a rank looks into each time. Of the others it is told
// by the bell: one word to look at, but one more for the sender to write.
const watched = 8

// quiet tells, without a lock, that there is nothing to do. Transport.life is held.
func (t *Transport) quiet() bool {
	in := *t.in.Load()
	for _, r := range in[:min(len(in), watched)] {
		if r.pending() {
			return false
		}
	}
	box := t.e.box
	return box.bell.Load() == 0 && int(box.claimed.Load()) == len(in) && t.stuck.Load() == 0
}

// poll does what there is to do. Transport.life is held.
func (t *Transport) poll() {
	t.mu.Lock()
	t.accept()
	t.drainAll()
	if len(t.blocked) > 0 {
		t.flushAll()
	}
	t.mu.Unlock()
	t.pullAll()
}

// drainAll goes through the rings that may have something.
func (t *Transport) drainAll() {
	in := *t.in.Load()
	for _, r := range in[:min(len(in), watched)] {
		t.drain(r)
	}
	if len(in) <= watched || t.e.box.bell.Load() == 0 {
		return
	}
	bits := t.e.box.bell.Swap(0)
	for i, r := range in[watched:] {
		if bits&(1<<((i+watched)%64)) != 0 {
			t.drain(r)
		}
	}
}

// accept takes note of the rings that have been claimed in this rank's mailbox.
func (t *Transport) accept() {
	box, in := t.e.box, *t.in.Load()
	claimed := min(int(box.claimed.Load()), maxRings)
	if claimed == len(in) {
		return
	}
	more := slices.Clone(in)
	for n := len(in); n < claimed; n++ {
		rank := int(box.directory[n].Load()) - 1
		if rank < 0 {
			break // who claimed it rouses us when it has signed
		}
		if t.checkRank(rank) != nil || !t.Near(rank) || rank == t.rank {
			t.fail(fmt.Errorf("shared memory: the mailbox of rank %d is not whole: ring %d is said to be rank %d's", t.rank, n, rank))
			break
		}
		r := &inbound{ring: box.ring(n), from: t.link(rank), pipe: box.pipe(n)}
		if r.from.far {
			t.fail(fmt.Errorf("shared memory: rank %d can map the memory of rank %d, but not the other way round; run with --transport tcp", rank, t.rank))
			break
		}
		r.from.in = r
		more = append(more, r)
		if n >= watched {
			box.bell.Or(1 << (n % 64)) // what came before we knew the ring
		}
	}
	t.in.Store(&more)
}

// drain handles what is in a ring.
func (t *Transport) drain(in *inbound) {
	released := in.at
	for {
		f, p, q, ok := in.get()
		if !ok {
			break
		}
		t.step(stepGot)
		t.handle(in, f, p, q)
		if in.at-released >= ringBytes/4 {
			released = in.at
			t.release(in)
		}
	}
	if in.at != released {
		t.release(in)
	}
}

func (t *Transport) release(in *inbound) {
	t.step(stepHandled)
	wanted := in.release()
	t.step(stepReleased)
	if wanted {
		t.rouse(in.from)
	}
}

// handle is the receipt of one frame, whose payload is p and then q.
func (t *Transport) handle(in *inbound, f frame, p, q []byte) {
	l := in.from
	switch f.kind {
	case eager:
		if r, ok := l.matcher.TakeReceive(transport.Tag(f.tag)); ok {
			n := len(p) + len(q)
			deliver(r, p, q)
			t.eagerMet(in, f, n)
			return
		}
		l.out.heard(f.a)
		data := make([]byte, len(p)+len(q))
		copy(data[copy(data, p):], q)
		l.matcher.Arrive(transport.Tag(f.tag), &message{data: data, cost: frameLen(len(data))})
	case offer:
		m := &message{offered: true, size: int(f.a), tick: ticket(f.b), addr: readAddr(p)}
		if r, ok := l.matcher.TakeReceive(transport.Tag(f.tag)); ok {
			t.meet(l, m, r)
		} else {
			l.matcher.Arrive(transport.Tag(f.tag), m)
		}
	case done:
		t.offerEnded(ticket(f.b), nil)
	case ask:
		if r := t.offered(ticket(f.b)); r != nil {
			t.stream(l, r, f.a, int(f.tag))
		}
	case piece:
		t.arrived(f, p, q)
	case part:
		t.arrived(f, in.part(int(f.tag)), nil)
		in.parts.Store(in.parts.Load() + 1)
	}
}

// eagerMet is the end of an eager message of n bytes that found its receive.
func (t *Transport) eagerMet(in *inbound, f frame, n int) {
	in.from.out.heard(f.a)
	in.credit(frameLen(n), t.untold())
}

// untold is the part of a sender's credit that may have come free without its
// knowing: telling it costs both a cache line.
func (t *Transport) untold() uint64 { return uint64(t.opts.Credit / 8) }

// meet brings a message that has come and its receive together.
func (t *Transport) meet(l *link, m *message, r *request) {
	switch {
	case !m.offered:
		deliver(r, m.data, nil)
		l.in.credit(m.cost, t.untold())
	case m.size > len(r.buf):
		t.send(l, item{kind: word, f: frame{kind: done, b: uint64(m.tick)}})
		r.finish(0, transport.ErrTruncated)
	case m.size > 0 && (t.noCross || t.together(l)):
		t.askFor(l, m, r)
	default:
		t.pulls.Push(pull{from: l, m: m, r: r})
		t.stuck.Add(1)
	}
}

func appendAddr(addr uintptr) []byte {
	return binary.NativeEndian.AppendUint64(nil, uint64(addr))
}

func readAddr(p []byte) uintptr {
	if len(p) < 8 {
		return 0
	}
	return uintptr(binary.NativeEndian.Uint64(p))
}

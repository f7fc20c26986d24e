package shm

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"numcomp/comm/transport"
)

// PeerClosedError is the error of an operation with a rank that has closed its
// transport.
type PeerClosedError struct {
	Rank int
	Host string
	PID  int
}

func (e *PeerClosedError) Error() string {
	return transport.RankName(e.Rank, e.Host, e.PID) + " has closed its transport"
}

// LostError is that a rank's transport has broken down.
type LostError struct {
	Rank int
	Host string
	PID  int
	Err  error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("lost %s: %v", transport.RankName(e.Rank, e.Host, e.PID), e.Err)
}

// Unwrap returns the cause.
func (e *LostError) Unwrap() error { return e.Err }

var errBroken = errors.New("its transport has broken down")

func (t *Transport) lostError(rank int, err error) error {
	p := t.peers.At(rank)
	return &LostError{Rank: rank, Host: p.Host, PID: p.PID, Err: err}
}

// lookAtPeers sees whether a peer has ended.
func (t *Transport) lookAtPeers() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.active {
		t.look(l)
	}
	if t.end != nil {
		t.endTaken()
	}
}

// look sees whether l's rank has ended. What it sent before is still received.
func (t *Transport) look(l *link) {
	if l.gone != nil || t.end != nil {
		return
	}
	switch state := l.box.state.Load(); {
	case state == open:
		return
	case state == broken:
		if !l.lost {
			l.lost = true
			t.lost(l.rank)
		}
		return
	}
	t.accept()
	if l.in != nil {
		t.drain(l.in)
	}
	p := t.peers.At(l.rank)
	l.gone = &PeerClosedError{Rank: l.rank, Host: p.Host, PID: p.PID}
	l.matcher.Fail(
		func(r *request) { r.finish(0, l.gone) },
		func(m *message) bool { return m.offered })
	t.drop(l, l.gone)
	for _, r := range t.offers {
		// It reads no longer: it has waited for what it was copying.
		if r != nil && r.link == l {
			t.offerEnded(r.tick, l.gone)
		}
	}
	for id, r := range t.asks {
		if r.link == l {
			delete(t.asks, id)
			r.finish(0, l.gone)
		}
	}
}

// drop ends what is queued for l. Offers are the caller's to end.
func (t *Transport) drop(l *link, err error) {
	for l.messages.Len() > 0 {
		l.messages.Pop().req.finish(0, err)
	}
	for l.replies.Len() > 0 {
		l.replies.Pop()
	}
	for l.streams.Len() > 0 {
		l.streams.Pop()
	}
}

// lost reports the breakdown of a rank's transport to who decides about it. Until
// then what is under way with that rank stays so.
func (t *Transport) lost(rank int) {
	err := t.lostError(rank, errBroken)
	if t.opts.PeerLost == nil {
		t.fail(err)
		return
	}
	t.tasks.Go(func() { t.opts.PeerLost(rank, err) })
}

// Break implements transport.Breaker. Peers notice.
func (t *Transport) Break(cause error) {
	t.mu.Lock()
	t.fail(cause)
	t.mu.Unlock()
	if b, ok := t.far.(transport.Breaker); ok {
		b.Break(cause)
	}
}

// fail ends everything with cause, if this is the first end.
func (t *Transport) fail(cause error) {
	if t.finish(cause) {
		t.tell(broken)
	}
}

// finish sets the one reason why this transport does nothing more and ends what is
// pending; false if it has ended already. What a peer is copying ends when it has.
func (t *Transport) finish(err error) bool {
	if t.end != nil {
		return false
	}
	t.end = err
	t.over.Store(true)
	end := func(r *request) { r.finish(0, err) }
	for _, l := range t.active {
		l.matcher.Fail(end, func(*message) bool { return true })
		t.drop(l, err)
	}
	t.self.Fail(end, func(m *message) bool {
		if m.send != nil {
			m.send.finish(0, err)
		}
		return true
	})
	for t.pulls.Len() > 0 {
		job := t.pulls.Pop()
		if job.taken != 0 {
			job.m.tick.leave(job.from.box.offers)
		}
		end(job.r)
		t.stuck.Add(-1)
	}
	for id, r := range t.asks {
		delete(t.asks, id)
		end(r)
	}
	for _, r := range t.offers {
		if r != nil && r.tick.withdraw(t.e.box.offers) {
			t.offerEnded(r.tick, err)
		}
	}
	return true
}

// tell tells the peers, also those that only listen, of this transport's state, and
// wakes who sleeps here.
func (t *Transport) tell(state uint32) {
	box := t.e.box
	box.state.Store(state)
	t.tellPlaces(map[uint32]transport.Presence{closed: transport.Closed, broken: transport.Broken}[state])
	for n := range min(int(box.claimed.Load()), maxRings) {
		if rank := int(box.directory[n].Load()) - 1; rank >= 0 && t.checkRank(rank) == nil && t.links[rank] == nil {
			t.link(rank)
		}
	}
	for _, l := range t.active {
		t.rouse(l)
	}
	ringBell(t.e.bell.wakeFD)
}

// endTaken ends the offers, of a transport that has ended, that nobody copies any
// longer: the peer has finished, or died.
func (t *Transport) endTaken() {
	for _, r := range t.offers {
		if r != nil && (r.tick.left(t.e.box.offers) || r.link.box.state.Load() == closed || !ringBell(r.link.bell)) {
			t.offerEnded(r.tick, t.end)
		}
	}
}

// isTaken tells whether a peer copies from this rank's memory.
func (t *Transport) isTaken() bool {
	for _, r := range t.offers {
		if r != nil {
			return true
		}
	}
	return false
}

// endPause is how often a transport that has ended, while a peer copies from it,
// looks whether that still lives.
const endPause = 10 * time.Millisecond

// Close implements transport.Transport. Peers are told, so that this rank's end is
// no failure to them; what waits for it there ends with a *PeerClosedError.
func (t *Transport) Close() error {
	t.mu.Lock()
	first := t.finish(transport.ErrClosed)
	if !first && t.closed {
		t.mu.Unlock()
		return t.closeFar()
	}
	t.mu.Unlock()
	t.lastWords()
	t.mu.Lock()
	for _, r := range t.offers {
		if r != nil {
			t.offerEnded(r.tick, t.end)
		}
	}
	if first {
		t.step(stepClosing)
		t.tell(closed)
		t.step(stepClosed)
	}
	ringBell(t.e.bell.wakeFD)
	t.mu.Unlock()

	t.visits.Wait()
	t.tasks.Wait()
	t.life.Lock()
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		t.leavePlaces()
		for _, l := range t.active {
			unmap(l.box.mem)
			closeFD(l.bell)
		}
		t.active = nil
	}
	t.mu.Unlock()
	t.life.Unlock()
	return t.closeFar()
}

func (t *Transport) closeFar() error {
	if t.far == nil {
		return nil
	}
	return t.far.Close()
}

// lastWords waits for peers that copy from this rank or that it copies from, and for
// the room to tell the latter so.
func (t *Transport) lastWords() {
	until := time.Now().Add(t.opts.CloseTimeout)
	t.life.RLock()
	defer t.life.RUnlock()
	ringBell(t.e.bell.wakeFD)
	t.token <- struct{}{}
	t.doze(func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.closed || t.pulling == 0 && len(t.blocked) == 0 && !t.isTaken() || time.Now().After(until)
	}, new(atomic.Bool)) // it does not sleep for long
	<-t.token
}

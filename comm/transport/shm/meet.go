package shm

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"numcomp/comm/transport"
)

const (
	// longSpin takes the place of the policy's spinning where bytes are on their
	// way: on a machine with a CPU for each rank a sleep in their midst costs more.
	longSpin = 500 * time.Microsecond
	// longTurn is how long turns of others may take together: then somebody computes.
	longTurn = 2 * time.Millisecond
	// shortNap and longNap bound how long a rank sleeps at a word before it looks
	// around. The first nap is short, and so are all while messages of this rank are
	// under way, which need its help.
	firstNap, shortNap, longNap = nap(20 * time.Millisecond), nap(time.Millisecond), nap(100 * time.Millisecond)
)

// place is an enlisted segment.
type place struct {
	segment  transport.Segment
	presence *atomic.Uint32
}

// Enlist implements transport.Meeter.
func (t *Transport) Enlist(seg transport.Segment, presence *atomic.Uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		presence.Store(uint32(transport.Closed))
		seg.Close()
		return
	}
	t.places = append(t.places, place{seg, presence})
	if t.end != nil {
		presence.Store(uint32(transport.Broken))
	}
}

// tellPlaces tells those who meet this rank what has become of it. mu is held.
func (t *Transport) tellPlaces(p transport.Presence) {
	for _, at := range t.places {
		at.presence.Store(uint32(p))
	}
}

// leavePlaces gives the segments back. mu is held, and nobody touches them.
func (t *Transport) leavePlaces() {
	for _, at := range t.places {
		at.segment.Close()
	}
	t.places = nil
}

// Enter implements transport.Meeter.
func (t *Transport) Enter() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.end != nil {
		return t.end
	}
	t.visits.Add(1)
	return nil
}

// Leave implements transport.Meeter.
func (t *Transport) Leave() { t.visits.Done() }

// Await implements transport.Meeter.
func (t *Transport) Await(ctx context.Context, w *transport.Word, target uint32, patient bool, gone func() (int, transport.Presence)) error {
	if w.Reached(target) || t.spinAt(ctx, w, target, patient) {
		return nil
	}
	limit, told := firstNap, -1
	for first := true; ; first = false {
		if ctx.Err() != nil {
			t.Break(transport.Cause(ctx))
		}
		if t.over.Load() {
			t.mu.Lock()
			defer t.mu.Unlock()
			return t.end
		}
		// A futex keeps this goroutine's place to run, which others may wait for.
		runtime.Gosched()
		if !t.quiet() {
			t.poll()
		}
		w.Sleepers.Add(1)
		if seen := w.Value.Load(); !w.Reached(target) {
			limit.at(w, seen, first)
		}
		w.Sleepers.Add(^uint32(0))
		if w.Reached(target) {
			return nil
		}
		switch rank, p := gone(); {
		case rank < 0 || w.Reached(target):
		case p == transport.Broken && rank != told:
			told = rank
			t.mu.Lock()
			t.lost(rank)
			t.mu.Unlock()
		case p == transport.Closed:
			p := t.peers.At(rank)
			return &PeerClosedError{Rank: rank, Host: p.Host, PID: p.PID}
		}
		limit = longNap
		if t.underWay() {
			limit = shortNap
		}
	}
}

// spinAt looks for as long as the policy says, and tells whether w has reached target.
func (t *Transport) spinAt(ctx context.Context, w *transport.Word, target uint32, patient bool) bool {
	policy := t.opts.Waiting
	spin, long, turns := policy.Spin, policy.Spin+policy.Yield, policy.Turns
	if spin > 0 && patient {
		spin, long = longSpin, longSpin
	}
	if long <= 0 && turns == 0 {
		return false
	}
	began := time.Now()
	for i := 1; ; i++ {
		if w.Reached(target) {
			return true
		}
		if i%looks != 0 {
			continue
		}
		if !t.quiet() {
			t.poll()
		}
		past := time.Since(began)
		if past >= max(long, longTurn) || past >= long && turns <= 0 || t.over.Load() || ctx.Err() != nil {
			return false
		}
		if past >= spin {
			i = looks - 1 // a look, a turn of others
			turns--
			yield()
		}
	}
}

// underWay tells whether messages need this rank to look after them.
func (t *Transport) underWay() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.asks) > 0 || len(t.blocked) > 0 || t.pulls.Len() > 0 || t.isTaken() {
		return true
	}
	for _, l := range t.active {
		if l.matcher.Posted() > 0 {
			return true
		}
	}
	return false
}

// Wake implements transport.Meeter.
func (t *Transport) Wake(w *transport.Word) { wakeWord(w) }

// Get implements transport.Meeter.
func (t *Transport) Get(rank int, addr uintptr, p []byte) error {
	return t.reach(rank, addr, p, readMemory)
}

// Put implements transport.Meeter.
func (t *Transport) Put(rank int, addr uintptr, p []byte) error {
	return t.reach(rank, addr, p, writeMemory)
}

func (t *Transport) reach(rank int, addr uintptr, p []byte, move func(int, uintptr, []byte) error) error {
	if err := t.checkRank(rank); err != nil {
		return err
	}
	if err := move(t.pid(rank), addr, p); err != nil {
		return fmt.Errorf("memory of %s: %w", t.nameOf(rank), err)
	}
	return nil
}

// pid is the process of a rank.
func (t *Transport) pid(rank int) int {
	if rank == t.rank {
		return os.Getpid()
	}
	return t.peers.At(rank).PID
}

// Alive implements transport.Meeter.
func (t *Transport) Alive(rank int) bool { return t.checkRank(rank) == nil && lives(t.pid(rank)) }

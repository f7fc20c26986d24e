//go:build mpi

package mpi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"numcomp/comm/transport"
)

// Transport carries the messages of one rank by MPI. It has no goroutines: whoever
// waits moves the messages.
type Transport struct {
	end        endpoint
	tags       tags
	rank, size int
	leader     int // the first rank of this rank's node
	waiting    waiting
	world      *group // nil: no collectives of its own

	stopped   atomic.Pointer[stop]
	using     sync.RWMutex // read-locked in calls of MPI but blockings'; Close waits for their end
	closing   sync.Once
	peers     []peer // by rank
	wide      wide
	notices   notices
	blockings blockings
	traffic   traffic
	shortcuts atomic.Uint32 // receives without a request, about; see detour

	arrivals  arrivals
	envelopes envelopes
	pins      pins
}

// peer is what is known of a rank.
type peer struct {
	known   atomic.Bool   // messages were exchanged, or will be: it is told of an end
	unsent  atomic.Int32  // messages to it that have not ended
	headers atomic.Uint64 // messages to it that went with a header
	closed  atomic.Bool   // it has closed its transport
	dropped atomic.Bool   // and messages to this rank with it
}

// meet notes that messages are exchanged with p. The line of memory is written once.
func (p *peer) meet() {
	if !p.known.Load() {
		p.known.Store(true)
	}
}

// stop is why a transport takes part no longer.
type stop struct {
	cause error
	at    time.Time
}

var (
	_ transport.Transport = (*Transport)(nil)
	_ transport.Breaker   = (*Transport)(nil)
)

// errPeerClosed is the error of an operation with a rank that has closed its
// transport.
var errPeerClosed = errors.New("the peer has closed its transport")

// errForeign is the error of waiting for a request that another transport made.
var errForeign = errors.New("request of another transport")

// errCancelled is the error of a receive that was taken back; who did so has another.
var errCancelled = errors.New("cancelled")

// BrokenError is the error of operations after another rank has broken the world.
type BrokenError struct {
	Rank int
	// Cause is what that rank says has happened.
	Cause string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("rank %d broke the world: %s", e.Rank, e.Cause)
}

// Rank is this process's rank in the world.
func (t *Transport) Rank() int { return t.rank }

// Size is the number of ranks in the world.
func (t *Transport) Size() int { return t.size }

// Isend starts to send p; see transport.Transport.
func (t *Transport) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	return t.start(&request{t: t, peer: to, tag: tag, p: p})
}

// Irecv posts p; see transport.Transport.
func (t *Transport) Irecv(from int, tag transport.Tag, p []byte) transport.Request {
	return t.start(&request{t: t, peer: from, tag: tag, p: p, recv: true})
}

func (t *Transport) start(r *request) *request {
	if r.peer < 0 || r.peer >= t.size {
		r.end(0, transport.ErrRank)
		return r
	}
	p := &t.peers[r.peer]
	t.using.RLock()
	defer t.using.RUnlock()
	if s := t.stopped.Load(); s != nil {
		r.end(0, s.cause)
		return r
	}
	p.meet()
	if r.recv {
		if err := r.post(); err != nil {
			r.end(0, err)
		} else if r.wide || len(r.p) > short {
			t.arrivals.add(r)
		}
		return r
	}
	if p.closed.Load() {
		r.end(0, errPeerClosed)
		return r
	}
	t.traffic.add(1, len(r.p))
	if err := r.send(); err != nil {
		r.end(0, err)
	} else if r.first.done() && (!r.moving || r.data.done()) {
		r.look(1, false)
	}
	if !r.ended {
		r.unsent = true
		p.unsent.Add(1) // until r ends
	}
	return r
}

// Wait waits for the requests; see transport.Transport.
func (t *Transport) Wait(ctx context.Context, reqs ...transport.Request) error {
	var first error
	for _, q := range reqs {
		r, ok := q.(*request)
		if !ok || r.t != t {
			return errForeign
		}
		if !r.recv && r.ended { // nobody but who waits looks at a send
			if first == nil {
				first = r.err
			}
			continue
		}
		if err := t.wait(ctx, r); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// wait waits for one request. A request that has ended wins over a context that
// has.
func (t *Transport) wait(ctx context.Context, r *request) error {
	t.using.RLock()
	defer t.using.RUnlock()
	for turn := t.waiting.begin(); ; turn.pause() {
		if ended, err := t.serve(r, &turn); ended {
			return err
		}
		t.notices.take(t)
		t.arrivals.look()
		if ctx.Err() != nil {
			t.Break(transport.Cause(ctx))
		}
	}
}

// serve looks at r and tells whether it has ended, and how.
func (t *Transport) serve(r *request, turn *turn) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch s := t.stopped.Load(); {
	case r.ended:
	case s != nil:
		t.giveUp(r, s)
	case r.look(turn.looks()):
		t.doubt(r)
	case t.peers[r.peer].closed.Load():
		t.forsaken(r)
	}
	return r.ended, r.err
}

// doubt looks again at a message with a header that has come: if its sender has
// taken it back, or the world is broken, it may have been read out of memory that
// was written again since. What says so was sent before.
func (t *Transport) doubt(r *request) {
	if !r.recv || r.err != nil || !r.moving {
		return
	}
	t.notices.settle(t)
	if s := t.stopped.Load(); s != nil {
		r.n, r.err = 0, s.cause
	} else if t.peers[r.peer].dropped.Load() {
		r.n, r.err = 0, errPeerClosed
	}
}

// forsaken ends r, whose peer has closed its transport, unless it has what it
// waits for or that is on its way.
func (t *Transport) forsaken(r *request) {
	switch {
	case !r.recv:
		r.end(0, errPeerClosed) // who has closed receives nothing more
	case r.look(1, false): // it had come before the notice
		t.doubt(r)
	case !r.moving || t.peers[r.peer].dropped.Load():
		t.takeBack(r, errPeerClosed, time.Now())
	}
}

// patience is how long a receive that has begun may take to end in a world that has
// ended.
const patience = time.Second

// takeBack ends r, a receive, with err, unless it comes to its end within patience
// of since.
func (t *Transport) takeBack(r *request, err error, since time.Time) {
	if !(r.wide && t.wide.withdraw(r)) && r.cancel() == nil {
		turn := t.waiting.begin()
		for end := since.Add(patience); !r.look(turn.looks()) && time.Now().Before(end); {
			turn.pause()
		}
		r.abandoned = !r.ended
	}
	r.end(0, err)
	r.n, r.err = 0, err
}

// giveUp ends r, in a world that has ended because of s. A receive that has begun
// ends first, lest something be written into a buffer that is not ours any more; a
// message that was sent and not received stays where it is: who reads it after this
// is told to drop it (see doubt).
func (t *Transport) giveUp(r *request, s *stop) {
	if r.recv {
		t.takeBack(r, s.cause, s.at)
		return
	}
	r.abandoned = true
	r.end(0, s.cause)
}

// Break ends the world; see transport.Breaker. The ranks that this one exchanged
// messages with are told.
func (t *Transport) Break(cause error) {
	if !t.stopped.CompareAndSwap(nil, &stop{cause, time.Now()}) {
		return
	}
	from, text := t.rank, cause.Error()
	var broken *BrokenError
	if errors.As(cause, &broken) {
		from, text = broken.Rank, broken.Cause
	}
	t.notices.tell(t, notice{kind: broke, from: from, text: text})
}

// Close ends this rank's part; see transport.Transport. It does not stop MPI, which
// Process.Stop does.
func (t *Transport) Close() error {
	t.closing.Do(func() {
		whole := t.stopped.CompareAndSwap(nil, &stop{transport.ErrClosed, time.Now()})
		if whole {
			t.notices.tell(t, notice{kind: closed, from: t.rank})
		}
		t.using.Lock() // until all that wait have seen it
		defer t.using.Unlock()
		t.blockings.close(t.waiting.begin())
		if whole {
			t.notices.close(t)
		}
		t.envelopes.close()
		t.pins.close()
	})
	return nil
}

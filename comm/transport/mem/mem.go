package mem

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"numcomp/comm/transport"
)

const (
	// eagerLimit is the length in bytes up to which a message is copied when
	// its receive is not posted yet.
	eagerLimit = 64 << 10
	// credit bounds the bytes kept for a pair of ranks, entryCost included.
	credit = 1 << 20
	// entryCost is charged for each message kept, so that empty ones are
	// bounded too.
	entryCost = 64
)

// errPeerClosed is what a rank gets for an operation with a rank that has
// closed its transport.
var errPeerClosed = errors.New("the peer has closed its transport")

// errForeign is the error of waiting for a request that another transport made.
var errForeign = errors.New("request of another transport")

// world is what the ranks share.
type world struct {
	boxes  []*mailbox // by receiving rank
	broken atomic.Pointer[breakage]
	ended  chan struct{} // closed: the channel of requests that ended at once

	segments registry
	beds     beds
}

// breakage says which rank broke the world and why.
type breakage struct {
	by    int
	cause error
}

// errorFor is the error of rank's operations in the broken world.
func (b *breakage) errorFor(rank int) error {
	if rank == b.by {
		return b.cause
	}
	return fmt.Errorf("rank %d broke the world: %w", b.by, b.cause)
}

// rank is one rank's Transport.
type rank struct {
	w    *world
	rank int

	mu        sync.Mutex // guards what follows
	closed    bool
	presences []*atomic.Uint32 // where others see that it is
}

var (
	_ transport.Transport = (*rank)(nil)
	_ transport.Breaker   = (*rank)(nil)
	_ transport.Meeter    = (*rank)(nil)
)

// NewWorld makes a world of size ranks; element r is the Transport of rank r.
// Breaking one of them, or a context that ends while one waits, breaks all.
func NewWorld(size int) []transport.Transport {
	w := &world{boxes: make([]*mailbox, size), ended: make(chan struct{})}
	close(w.ended)
	ranks := make([]transport.Transport, size)
	for r := range ranks {
		w.boxes[r] = newMailbox(w, r)
		ranks[r] = &rank{w: w, rank: r}
	}
	return ranks
}

func (t *rank) Rank() int { return t.rank }
func (t *rank) Size() int { return len(t.w.boxes) }

func (t *rank) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	if to < 0 || to >= len(t.w.boxes) {
		return t.w.failed(transport.ErrRank)
	}
	return t.w.boxes[to].send(t.rank, tag, p)
}

func (t *rank) Irecv(from int, tag transport.Tag, p []byte) transport.Request {
	if from < 0 || from >= len(t.w.boxes) {
		return t.w.failed(transport.ErrRank)
	}
	return t.w.boxes[t.rank].recv(from, tag, p)
}

func (t *rank) Wait(ctx context.Context, reqs ...transport.Request) error {
	var first error
	for _, r := range reqs {
		if err := t.wait(ctx, r); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// wait waits for one request. A request that has ended wins over a context that
// has.
func (t *rank) wait(ctx context.Context, req transport.Request) error {
	r, ok := req.(*request)
	if !ok {
		return errForeign
	}
	select {
	case <-r.done:
		return r.err
	default:
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		t.Break(cause(ctx))
		<-r.done
	}
	return r.err
}

// cause is why ctx ended: its error, and what it was cancelled with.
func cause(ctx context.Context) error {
	err, why := ctx.Err(), context.Cause(ctx)
	if why == nil || errors.Is(err, why) {
		return err
	}
	return fmt.Errorf("%w: %w", err, why)
}

func (t *rank) Break(cause error) {
	b := &breakage{by: t.rank, cause: cause}
	if !t.w.broken.CompareAndSwap(nil, b) {
		return
	}
	for _, box := range t.w.boxes {
		box.breakDown(b)
	}
	t.w.beds.rouse(nil)
}

func (t *rank) Close() error {
	for _, box := range t.w.boxes {
		box.leave(t.rank)
	}
	t.leave()
	return nil
}

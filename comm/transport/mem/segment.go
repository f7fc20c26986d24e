package mem

import (
	"errors"
	"fmt"
	"sync"

	"numcomp/comm/transport"
)

// registry has the segments of a world that can be attached. Their memory is the
// heap's, where the race detector sees what ranks do to it; it cannot be write
// protected, and lives for as long as anyone refers to it.
type registry struct {
	mu   sync.Mutex
	last uint64
	open map[transport.Handle]allocated
}

// allocated is what an owner has made: its first page boundary starts p.
type allocated struct {
	owner int
	p     []byte
}

// segment is one rank's hold on an allocated one.
type segment struct {
	w      *world
	p      []byte
	handle transport.Handle
	owner  bool
}

var (
	errNegative = errors.New("a segment's length is negative")
	errNoSuch   = errors.New("it is none, or has been closed")
)

// Near implements transport.Sharer: all ranks are goroutines of one process.
func (t *rank) Near(rank int) bool { return rank >= 0 && rank < len(t.w.boxes) }

// Allocate implements transport.Sharer.
func (t *rank) Allocate(n int) (transport.Segment, error) {
	if n < 0 {
		return nil, errNegative
	}
	r := &t.w.segments
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	h := transport.Handle{r.last, uint64(t.rank)}
	p := pages(n)
	if r.open == nil {
		r.open = map[transport.Handle]allocated{}
	}
	r.open[h] = allocated{t.rank, p}
	return &segment{w: t.w, p: p, handle: h, owner: true}, nil
}

// Attach implements transport.Sharer. Memory that is not writable must not be
// written all the same: the race detector tells who does.
func (t *rank) Attach(owner int, handle transport.Handle, n int, _ bool) (transport.Segment, error) {
	if !t.Near(owner) {
		return nil, transport.ErrRank
	}
	r := &t.w.segments
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.open[handle]
	switch {
	case !ok || a.owner != owner:
		return nil, fmt.Errorf("segment %v of rank %d: %w", handle, owner, errNoSuch)
	case n < 0 || n > len(a.p):
		return nil, fmt.Errorf("segment %v of rank %d has %d bytes: %d cannot be attached", handle, owner, len(a.p), n)
	}
	return &segment{w: t.w, p: a.p[:n:n], handle: handle}, nil
}

// Populate implements transport.Segment: the heap has taken it.
func (s *segment) Populate() {}

func (s *segment) Bytes() []byte            { return s.p }
func (s *segment) Handle() transport.Handle { return s.handle }

func (s *segment) Close() error {
	if s.owner {
		r := &s.w.segments
		r.mu.Lock()
		delete(r.open, s.handle)
		r.mu.Unlock()
	}
	s.p = nil
	return nil
}

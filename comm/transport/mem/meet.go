package mem

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"unsafe"

	"numcomp/comm/transport"
)

// beds are where ranks sleep until a word has changed.
type beds struct {
	mu   sync.Mutex
	wake map[*transport.Word]chan struct{}
}

// at is the channel that is closed when w's sleepers are to wake.
func (b *beds) at(w *transport.Word) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wake == nil {
		b.wake = map[*transport.Word]chan struct{}{}
	}
	if b.wake[w] == nil {
		b.wake[w] = make(chan struct{})
	}
	return b.wake[w]
}

// rouse wakes those who sleep at w; nil: all.
func (b *beds) rouse(w *transport.Word) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for at, ch := range b.wake {
		if w == nil || at == w {
			close(ch)
			delete(b.wake, at)
		}
	}
}

// Enlist implements transport.Meeter. The heap gives the memory back.
func (t *rank) Enlist(_ transport.Segment, presence *atomic.Uint32) {
	t.mu.Lock()
	t.presences = append(t.presences, presence)
	closed := t.closed
	t.mu.Unlock()
	if closed {
		presence.Store(uint32(transport.Closed))
	}
}

// Enter implements transport.Meeter.
func (t *rank) Enter() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch b := t.w.broken.Load(); {
	case t.closed:
		return transport.ErrClosed
	case b != nil:
		return b.errorFor(t.rank)
	}
	return nil
}

// Leave implements transport.Meeter.
func (t *rank) Leave() {}

// leave tells those who share memory with this rank that it has closed its transport.
func (t *rank) leave() {
	t.mu.Lock()
	t.closed = true
	presences := t.presences
	t.mu.Unlock()
	for _, p := range presences {
		p.Store(uint32(transport.Closed))
	}
	t.w.beds.rouse(nil)
}

// Await implements transport.Meeter. Messages between goroutines need nobody to move.
func (t *rank) Await(ctx context.Context, w *transport.Word, target uint32, _ bool, gone func() (int, transport.Presence)) error {
	for {
		if w.Reached(target) {
			return nil
		}
		w.Sleepers.Add(1)
		wake := t.w.beds.at(w)
		err := t.Enter()
		if lost, p := gone(); err == nil && p == transport.Closed && lost >= 0 {
			err = errPeerClosed
		}
		if err == nil && !w.Reached(target) {
			select {
			case <-wake:
			case <-ctx.Done():
				t.Break(cause(ctx))
			}
		}
		w.Sleepers.Add(^uint32(0))
		if err != nil {
			if w.Reached(target) {
				return nil
			}
			return err
		}
	}
}

// Wake implements transport.Meeter.
func (t *rank) Wake(w *transport.Word) { t.w.beds.rouse(w) }

var errNothing = errors.New("there is no memory at address 0")

// Get implements transport.Meeter. The race detector sees it.
func (t *rank) Get(_ int, addr uintptr, p []byte) error {
	theirs, err := at(addr, len(p))
	copy(p, theirs)
	return err
}

// Put implements transport.Meeter.
func (t *rank) Put(_ int, addr uintptr, p []byte) error {
	theirs, err := at(addr, len(p))
	copy(theirs, p)
	return err
}

// at is n bytes of another goroutine's memory, which that keeps meanwhile.
func at(addr uintptr, n int) ([]byte, error) {
	if addr == 0 && n > 0 {
		return nil, errNothing
	}
	// The address came through memory, as it would between processes.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), n), nil
}

// Alive implements transport.Meeter.
func (t *rank) Alive(rank int) bool { return t.Near(rank) }

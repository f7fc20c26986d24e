package transporttest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"numcomp/comm/transport"
)

// meetTests check transport.Meeter. A transport that is none passes over them.
func meetTests() []subtest {
	return needing("transport.Meeter", func(tr transport.Transport) bool { _, ok := transport.MeeterOf(tr); return ok }, []subtest{
		{"MeetBarriers", 5, testMeetBarriers},
		{"MeetCopies", 2, testMeetCopies},
		{"MeetCancel", 3, testMeetCancel},
		{"MeetBreak", 3, testMeetBreak},
		{"MeetClosed", 3, testMeetClosed},
		{"MeetMessages", 2, testMeetMessages},
	})
}

// hall is a segment in which the ranks of a test meet.
type hall struct {
	arrived, gate transport.Word
	presence      [8]atomic.Uint32
	counts        [8]int64 // each its rank's, between two barriers
}

// hallOf has every rank map a hall of rank 0's, and enlist it.
func (w *world) hallOf() []*hall {
	n := int(unsafe.Sizeof(hall{}))
	halls := make([]*hall, len(w.ranks))
	var first transport.Segment
	for r, tr := range w.ranks {
		m, _ := transport.MeeterOf(tr)
		var seg transport.Segment
		var err error
		if r == 0 {
			seg, err = m.Allocate(n)
			first = seg
		} else {
			seg, err = m.Attach(0, first.Handle(), n, true)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		halls[r] = (*hall)(unsafe.Pointer(&seg.Bytes()[0]))
		m.Enlist(seg, &halls[r].presence[r])
	}
	return halls
}

// barrier waits until all ranks have come for the n-th time.
func (h *hall) barrier(ctx context.Context, tr transport.Transport, n int) error {
	m, _ := transport.MeeterOf(tr)
	size := uint32(tr.Size())
	if h.arrived.Value.Add(1) == size*uint32(n) {
		h.gate.Value.Store(uint32(n))
		if h.gate.Sleepers.Load() != 0 {
			m.Wake(&h.gate)
		}
		return nil
	}
	return m.Await(ctx, &h.gate, uint32(n), false, func() (int, transport.Presence) {
		for r := range tr.Size() {
			if p := transport.Presence(h.presence[r].Load()); p != transport.Present && r != tr.Rank() {
				return r, p
			}
		}
		return -1, transport.Present
	})
}

// visit runs body between Enter and Leave.
func visit(tr transport.Transport, body func() error) error {
	m, _ := transport.MeeterOf(tr)
	if err := m.Enter(); err != nil {
		return err
	}
	defer m.Leave()
	return body()
}

// What a rank writes before a barrier, all read after it; nobody passes early.
func testMeetBarriers(w *world) {
	halls := w.hallOf()
	w.spmd(func(tr transport.Transport) error {
		h := halls[tr.Rank()]
		return visit(tr, func() error {
			for round := 1; round <= 25; round++ {
				h.counts[tr.Rank()]++
				if err := h.barrier(w.ctx, tr, 2*round-1); err != nil {
					return err
				}
				for r := range w.ranks {
					if h.counts[r] != int64(round) {
						return fmt.Errorf("round %d: rank %d is at %d", round, r, h.counts[r])
					}
				}
				if err := h.barrier(w.ctx, tr, 2*round); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// Bytes go straight from one rank's memory to another's, both ways.
func testMeetCopies(w *world) {
	halls := w.hallOf()
	const n = 100_003
	theirs := pattern(n, 3) // rank 0's
	w.spmd(func(tr transport.Transport) error {
		m, _ := transport.MeeterOf(tr)
		h := halls[tr.Rank()]
		return visit(tr, func() error {
			if err := h.barrier(w.ctx, tr, 1); err != nil {
				return err
			}
			if tr.Rank() == 1 {
				p := make([]byte, n)
				addr := uintptr(unsafe.Pointer(&theirs[0]))
				if err := m.Get(0, addr, p); err != nil {
					return err
				}
				if err := equal(p, pattern(n, 3)); err != nil {
					return fmt.Errorf("got: %w", err)
				}
				if err := m.Put(0, addr+10, pattern(n-20, 4)); err != nil {
					return err
				}
				if m.Get(0, 0, p[:1]) == nil {
					return errors.New("there was something to get at address 0")
				}
			}
			if err := h.barrier(w.ctx, tr, 2); err != nil {
				return err
			}
			if tr.Rank() == 0 {
				if err := equal(theirs[10:n-10], pattern(n-20, 4)); err != nil {
					return fmt.Errorf("put: %w", err)
				}
			}
			if !m.Alive(1 - tr.Rank()) {
				return errors.New("the other rank is said to have died")
			}
			return nil
		})
	})
}

// equal is the error of bytes that differ.
func equal(got, want []byte) error {
	for i := range want {
		if got[i] != want[i] {
			return fmt.Errorf("byte %d is %d, want %d", i, got[i], want[i])
		}
	}
	return nil
}

// A context that ends while a rank waits breaks the world of all who wait.
func testMeetCancel(w *world) {
	halls := w.hallOf()
	cause := errors.New("a test's own end")
	ctx, cancel := context.WithCancelCause(w.ctx)
	errs := w.each(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			cancel(cause)
			return nil
		}
		return visit(tr, func() error { return halls[tr.Rank()].barrier(ctx, tr, 1) })
	})
	if !errors.Is(errors.Join(errs...), cause) {
		w.errorf("nobody says why: %v", errs)
	}
	for r, err := range errs[1:] { // a rank may hear of another's end first
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			w.errorf("rank %d: %v", r+1, err)
		}
	}
}

// Break ends the wait of its own rank, and nobody can enter any more.
func testMeetBreak(w *world) {
	halls := w.hallOf()
	cause := errors.New("broken by a test")
	errs := w.each(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			for _, other := range w.ranks {
				other.(transport.Breaker).Break(cause)
			}
			return nil
		}
		return visit(tr, func() error { return halls[tr.Rank()].barrier(w.ctx, tr, 1) })
	})
	for r, err := range errs[1:] {
		if !errors.Is(err, cause) {
			w.errorf("rank %d: %v", r+1, err)
		}
		if err := visit(w.ranks[r+1], func() error { return nil }); !errors.Is(err, cause) {
			w.errorf("rank %d can enter: %v", r+1, err)
		}
	}
}

// Who waits for a rank that has closed its transport hears of it.
func testMeetClosed(w *world) {
	halls := w.hallOf()
	errs := w.each(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			return tr.Close()
		}
		return visit(tr, func() error { return halls[tr.Rank()].barrier(w.ctx, tr, 1) })
	})
	for r, err := range errs[1:] {
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			w.errorf("rank %d: %v", r+1, err)
		}
	}
}

// A rank that waits at a word takes part in messages that it has posted before.
func testMeetMessages(w *world) {
	halls := w.hallOf()
	const n, tag = 3 << 20, transport.Tag(5)
	w.spmd(func(tr transport.Transport) error {
		h := halls[tr.Rank()]
		return visit(tr, func() error {
			p := pattern(n, 9)
			if tr.Rank() == 0 {
				p = make([]byte, n)
				req := tr.Irecv(1, tag, p)
				if err := h.barrier(w.ctx, tr, 1); err != nil {
					return err
				}
				if err := tr.Wait(w.ctx, req); err != nil {
					return err
				}
				return equal(p, pattern(n, 9))
			}
			if err := tr.Wait(w.ctx, tr.Isend(0, tag, p)); err != nil { // before the other leaves its barrier
				return err
			}
			return h.barrier(w.ctx, tr, 1)
		})
	})
}

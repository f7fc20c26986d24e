package transporttest

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"numcomp/comm/transport"
)

// shareTests check transport.Sharer. A transport that is none passes over them.
func shareTests() []subtest {
	return needing("transport.Sharer", func(tr transport.Transport) bool { _, ok := transport.SharerOf(tr); return ok }, []subtest{
		{"ShareNear", 3, testShareNear},
		{"ShareAttach", 3, testShareAttach},
		{"ShareBothWays", 2, testShareBothWays},
		{"ShareZeroed", 1, testShareZeroed},
		{"ShareNothing", 2, testShareNothing},
		{"ShareNegative", 1, testShareNegative},
		{"ShareWrongHandle", 2, testShareWrongHandle},
		{"ShareTooMuch", 2, testShareTooMuch},
		{"ShareOwnerCloses", 2, testShareOwnerCloses},
		{"ShareCloseTwice", 1, testShareCloseTwice},
		{"ShareConcurrently", 4, testShareConcurrently},
	})
}

// ReadOnly checks that memory attached for reading cannot be written: that who
// tries is stopped by the processor. It is apart from Run since heap memory, which
// tests under -race need, cannot be protected.
func ReadOnly(t *testing.T, newWorld func(t *testing.T, size int) []transport.Transport) {
	runWatched(t, newWorld, subtest{"ReadOnly", 2, func(w *world) {
		mine, theirs, err := w.share(0, 1, 100, false)
		if err != nil {
			w.errorf("%v", err)
			return
		}
		defer theirs.Close()
		defer mine.Close()
		if err := poke(theirs.Bytes()); err == nil {
			w.errorf("memory attached for reading was written")
		}
		if mine.Bytes()[0] != 0 {
			w.errorf("the owner sees what was written by a rank that may read only")
		}
	}})
}

// poke writes p's first byte, or returns the fault.
func poke(p []byte) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	p[0] = 1
	return nil
}

func (w *world) sharer(rank int) transport.Sharer {
	s, _ := transport.SharerOf(w.ranks[rank])
	return s
}

// share allocates n bytes on rank owner and attaches them on rank other.
func (w *world) share(owner, other, n int, writable bool) (mine, theirs transport.Segment, err error) {
	if mine, err = w.sharer(owner).Allocate(n); err != nil {
		return nil, nil, err
	}
	if theirs, err = w.sharer(other).Attach(owner, mine.Handle(), n, writable); err != nil {
		mine.Close()
		return nil, nil, err
	}
	return mine, theirs, nil
}

func testShareNear(w *world) {
	for r := range w.ranks {
		for other, want := range map[int]bool{0: true, 1: true, 2: true, -1: false, 3: false} {
			if w.sharer(r).Near(other) != want {
				w.errorf("rank %d: Near(%d) is %v", r, other, !want)
			}
		}
	}
}

// What the owner writes before it passes a message on, the others read after it.
func testShareAttach(w *world) {
	const n, tag = 100_003, transport.Tag(7)
	w.spmd(func(tr transport.Transport) error {
		s, _ := transport.SharerOf(tr)
		var handle [16]byte
		if tr.Rank() == 0 {
			seg, err := s.Allocate(n)
			if err != nil {
				return err
			}
			defer seg.Close()
			if len(seg.Bytes()) != n || cap(seg.Bytes()) < n {
				return fmt.Errorf("%d bytes, want %d", len(seg.Bytes()), n)
			}
			if a := uintptr(unsafe.Pointer(&seg.Bytes()[0])); a%4096 != 0 {
				return fmt.Errorf("the memory is at %#x, not at a page's boundary", a)
			}
			copy(seg.Bytes(), pattern(n, 3))
			for other := 1; other < len(w.ranks); other++ {
				h := seg.Handle()
				if err := w.send(tr, other, tag, bytesOf(&h)); err != nil {
					return err
				}
			}
			for other := 1; other < len(w.ranks); other++ {
				if err := w.recv(tr, other, tag, nil, 0); err != nil {
					return err
				}
			}
			return nil
		}
		if err := w.recv(tr, 0, tag, handle[:], len(handle)); err != nil {
			return err
		}
		seg, err := s.Attach(0, handleOf(handle), n, false)
		if err != nil {
			return err
		}
		if len(seg.Bytes()) != n {
			return fmt.Errorf("%d bytes, want %d", len(seg.Bytes()), n)
		}
		return errors.Join(same(seg.Bytes(), 3), seg.Close(), w.send(tr, 0, tag, nil))
	})
}

func bytesOf(h *transport.Handle) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(h)), 16) }

func handleOf(p [16]byte) (h transport.Handle) {
	copy(bytesOf(&h), p[:])
	return h
}

// What a rank writes that may, the owner sees, and a third mapping too.
func testShareBothWays(w *world) {
	mine, theirs, err := w.share(0, 1, 5000, true)
	if err != nil {
		w.errorf("%v", err)
		return
	}
	defer mine.Close()
	defer theirs.Close()
	again, err := w.sharer(0).Attach(0, mine.Handle(), 5000, false)
	if err != nil {
		w.errorf("the owner cannot attach its own segment: %v", err)
		return
	}
	defer again.Close()
	copy(theirs.Bytes(), pattern(5000, 1))
	for _, seg := range []transport.Segment{mine, again} {
		if err := same(seg.Bytes(), 1); err != nil {
			w.errorf("%v", err)
		}
	}
	if theirs.Handle() != mine.Handle() {
		w.errorf("the handle is %v, and attached %v", mine.Handle(), theirs.Handle())
	}
}

func testShareZeroed(w *world) {
	for range 3 { // memory that was used before, too
		seg, err := w.sharer(0).Allocate(70_001)
		if err != nil {
			w.errorf("%v", err)
			return
		}
		for i, b := range seg.Bytes() {
			if b != 0 {
				w.errorf("byte %d is %d", i, b)
				break
			}
		}
		copy(seg.Bytes(), pattern(70_001, 9))
		seg.Close()
	}
}

func testShareNothing(w *world) {
	mine, theirs, err := w.share(0, 1, 0, true)
	if err != nil {
		w.errorf("%v", err)
		return
	}
	if len(mine.Bytes()) != 0 || len(theirs.Bytes()) != 0 {
		w.errorf("%d and %d bytes of nothing", len(mine.Bytes()), len(theirs.Bytes()))
	}
	if err := errors.Join(mine.Close(), theirs.Close()); err != nil {
		w.errorf("%v", err)
	}
}

func testShareNegative(w *world) {
	if _, err := w.sharer(0).Allocate(-1); err == nil {
		w.errorf("-1 bytes were allocated")
	}
}

func testShareWrongHandle(w *world) {
	mine, err := w.sharer(0).Allocate(10)
	if err != nil {
		w.errorf("%v", err)
		return
	}
	defer mine.Close()
	h := mine.Handle()
	for _, wrong := range []transport.Handle{{}, {h[0], h[1] ^ 1}, {h[0] + 1000, h[1]}} {
		if seg, err := w.sharer(1).Attach(0, wrong, 10, false); err == nil {
			w.errorf("%v was attached, and %v is the handle", wrong, h)
			seg.Close()
		}
	}
	for _, rank := range []int{-1, len(w.ranks)} {
		if _, err := w.sharer(1).Attach(rank, h, 10, false); !errors.Is(err, transport.ErrRank) {
			w.errorf("attach of rank %d's memory: error is %v, want ErrRank", rank, err)
		}
	}
}

func testShareTooMuch(w *world) {
	mine, err := w.sharer(0).Allocate(10)
	if err != nil {
		w.errorf("%v", err)
		return
	}
	defer mine.Close()
	for _, n := range []int{-1, 1 << 20} {
		if seg, err := w.sharer(1).Attach(0, mine.Handle(), n, false); err == nil {
			w.errorf("%d bytes of 10 were attached", n)
			seg.Close()
		}
	}
}

// What was attached outlives its owner's mapping, and nobody attaches it anew.
func testShareOwnerCloses(w *world) {
	mine, theirs, err := w.share(0, 1, 3000, false)
	if err != nil {
		w.errorf("%v", err)
		return
	}
	copy(mine.Bytes(), pattern(3000, 5))
	h := mine.Handle()
	if err := mine.Close(); err != nil {
		w.errorf("%v", err)
	}
	if err := same(theirs.Bytes(), 5); err != nil {
		w.errorf("after the owner has closed: %v", err)
	}
	if seg, err := w.sharer(1).Attach(0, h, 3000, false); err == nil {
		w.errorf("a closed segment was attached")
		seg.Close()
	}
	if err := theirs.Close(); err != nil {
		w.errorf("%v", err)
	}
}

func testShareCloseTwice(w *world) {
	seg, err := w.sharer(0).Allocate(1)
	if err == nil {
		err = errors.Join(seg.Close(), seg.Close())
	}
	if err != nil {
		w.errorf("%v", err)
	}
}

// Words that ranks add to, all at once, in memory that each attaches and closes
// many times.
func testShareConcurrently(w *world) {
	const rounds, words = 200, 3
	seg, err := w.sharer(0).Allocate(8 * words)
	if err != nil {
		w.errorf("%v", err)
		return
	}
	defer seg.Close()
	counters := func(s transport.Segment) []atomic.Int64 {
		return unsafe.Slice((*atomic.Int64)(unsafe.Pointer(&s.Bytes()[0])), words)
	}
	var errs [8]error
	var all sync.WaitGroup
	for g := range errs {
		all.Go(func() {
			for i := range rounds {
				s, err := w.sharer(g%len(w.ranks)).Attach(0, seg.Handle(), 8*words, true)
				if err != nil {
					errs[g] = err
					return
				}
				counters(s)[i%words].Add(1)
				if err := s.Close(); err != nil {
					errs[g] = err
					return
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		w.errorf("%v", err)
	}
	var sum int64
	for i := range words {
		sum += counters(seg)[i].Load()
	}
	if sum != rounds*int64(len(errs)) {
		w.errorf("the words add up to %d, want %d", sum, rounds*len(errs))
	}
}

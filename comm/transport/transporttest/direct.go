package transporttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"numcomp/comm/transport"
)

// directTests check transport.Direct: that it is Isend, Irecv and Wait.
func directTests() []subtest {
	return needing("transport.Direct", func(tr transport.Transport) bool { _, ok := tr.(transport.Direct); return ok }, []subtest{
		{"DirectPingPong", 2, testDirectPingPong},
		{"DirectOrder", 2, testDirectOrder},
		{"DirectMixed", 2, testDirectMixed},
		{"DirectSeveralCallers", 3, testDirectSeveralCallers},
		{"DirectTruncated", 2, testDirectTruncated},
		{"DirectCancel", 2, testDirectCancel},
		{"DirectCancelLong", 2, testDirectCancelLong},
		{"DirectArguments", 2, testDirectArguments},
		{"DirectBreak", 2, testDirectBreak},
		{"DirectBreakLong", 2, testDirectBreakLong},
		{"DirectClosed", 2, testDirectClosed},
		{"DirectPeerCloses", 2, testDirectPeerCloses},
	})
}

// directRecv receives into p and checks that the message has want bytes.
func (w *world) directRecv(tr transport.Transport, from int, tag transport.Tag, p []byte, want int) error {
	n, err := tr.(transport.Direct).Recv(w.ctx, from, tag, p)
	if err != nil {
		return fmt.Errorf("receive into %d bytes from rank %d, tag %#x: %w", len(p), from, uint64(tag), err)
	}
	if n != want {
		return fmt.Errorf("receive from rank %d, tag %#x: %d bytes, want %d", from, uint64(tag), n, want)
	}
	return nil
}

func testDirectPingPong(w *world) {
	w.spmd(func(tr transport.Transport) error {
		d, peer := tr.(transport.Direct), 1-tr.Rank()
		for i := range 3000 {
			n := i % 70
			if i%500 == 0 {
				n = 100_000
			}
			p := make([]byte, n+1)
			if tr.Rank() == i%2 {
				if err := d.Send(w.ctx, peer, 1, pattern(n, uint64(i))); err != nil {
					return err
				}
				continue
			}
			if err := w.directRecv(tr, peer, 1, p, n); err != nil {
				return err
			}
			if err := same(p[:n], uint64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Messages of every length and of several tags, received tag by tag: those of one
// tag stay in order, and those that come too early are kept.
func testDirectOrder(w *world) {
	const tags, count = 3, 40
	lengths := []int{0, 8, 24, 25, 33, 1000, 8192, 8193, 300_000}
	w.spmd(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			var reqs []transport.Request
			for i := range tags * count {
				p := pattern(lengths[i%len(lengths)], uint64(i))
				reqs = append(reqs, tr.Isend(1, transport.Tag(i%tags), p))
			}
			return tr.Wait(w.ctx, reqs...)
		}
		for tag := tags - 1; tag >= 0; tag-- {
			for i := tag; i < tags*count; i += tags {
				p := make([]byte, lengths[i%len(lengths)])
				if err := w.directRecv(tr, 0, transport.Tag(tag), p, len(p)); err != nil {
					return err
				}
				if err := same(p, uint64(i)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// A receive posted before comes before a direct one of its tag.
func testDirectMixed(w *world) {
	rng := rand.New(rand.NewPCG(3, 4))
	posted := make([]bool, 500)
	for i := range posted {
		posted[i] = rng.IntN(3) == 0
	}
	w.spmd(func(tr transport.Transport) error {
		var reqs []transport.Request
		var bufs [][]byte
		for i := range posted {
			if tr.Rank() == 0 {
				if err := tr.(transport.Direct).Send(w.ctx, 1, 1, pattern(8, uint64(i))); err != nil {
					return err
				}
				continue
			}
			p := make([]byte, 8)
			bufs = append(bufs, p)
			if posted[i] {
				reqs = append(reqs, tr.Irecv(0, 1, p))
			} else if err := w.directRecv(tr, 0, 1, p, 8); err != nil {
				return err
			}
		}
		if err := tr.Wait(w.ctx, reqs...); err != nil {
			return err
		}
		for i, p := range bufs {
			if err := same(p, uint64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Several goroutines of each rank, each with a tag of its own, talk to both others.
func testDirectSeveralCallers(w *world) {
	const callers, count = 3, 200
	w.spmd(func(tr transport.Transport) error {
		d, p := tr.(transport.Direct), len(w.ranks)
		errs := make(chan error, callers)
		for c := range callers {
			go func() {
				tag := transport.Tag(c)
				errs <- func() error {
					for i := range count {
						for off := 1; off < p; off++ {
							to, from := (tr.Rank()+off)%p, (tr.Rank()-off+p)%p
							if err := d.Send(w.ctx, to, tag, pattern(16, uint64(i))); err != nil {
								return err
							}
							b := make([]byte, 16)
							if err := w.directRecv(tr, from, tag, b, 16); err != nil {
								return err
							}
							if err := same(b, uint64(i)); err != nil {
								return err
							}
						}
					}
					return nil
				}()
			}()
		}
		var err error
		for range callers {
			err = errors.Join(err, <-errs)
		}
		return err
	})
}

func testDirectTruncated(w *world) {
	w.spmd(func(tr transport.Transport) error {
		d := tr.(transport.Direct)
		for i, c := range []struct{ n, room int }{{20, 10}, {1000, 10}, {100_000, 10}, {100_000, 50_000}, {50_001, 50_000}} {
			n := c.n
			if tr.Rank() == 0 {
				if err := d.Send(w.ctx, 1, 1, pattern(n, 1)); err != nil {
					return err
				}
				if err := d.Send(w.ctx, 1, 1, pattern(5, uint64(i))); err != nil {
					return err
				}
				continue
			}
			whole := make([]byte, c.n)
			p := whole[:c.room]
			if _, err := d.Recv(w.ctx, 0, 1, p); !errors.Is(err, transport.ErrTruncated) {
				return fmt.Errorf("%d bytes into %d: error is %v, want ErrTruncated", n, c.room, err)
			}
			for _, b := range whole[c.room:] {
				if b != 0 {
					return fmt.Errorf("%d bytes into %d: bytes past the end were written", n, c.room)
				}
			}
			if err := w.directRecv(tr, 0, 1, p, 5); err != nil {
				return fmt.Errorf("after a message that was too long: %w", err)
			}
			if err := same(p[:5], uint64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func testDirectCancel(w *world)     { directCancel(w, 10) }
func testDirectCancelLong(w *world) { directCancel(w, 100_000) }

func directCancel(w *world, room int) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() {
		_, err := w.ranks[0].(transport.Direct).Recv(ctx, 1, 1, make([]byte, room))
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		w.errorf("error is %v, want context.Canceled", err)
	}
}

func testDirectArguments(w *world) {
	d := w.ranks[0].(transport.Direct)
	for _, peer := range []int{-1, 2} {
		if err := d.Send(w.ctx, peer, 1, []byte{1}); !errors.Is(err, transport.ErrRank) {
			w.errorf("send to rank %d: error is %v, want ErrRank", peer, err)
		}
		if _, err := d.Recv(w.ctx, peer, 1, []byte{1}); !errors.Is(err, transport.ErrRank) {
			w.errorf("receive from rank %d: error is %v, want ErrRank", peer, err)
		}
	}
	// A rank may talk to itself.
	p := []byte{0}
	if err := d.Send(w.ctx, 0, 1, []byte{7}); err != nil {
		w.errorf("send to itself: %v", err)
	} else if err := w.directRecv(w.ranks[0], 0, 1, p, 1); err != nil || p[0] != 7 {
		w.errorf("receive from itself: %d, %v", p[0], err)
	}
}

func testDirectBreak(w *world)     { directBreak(w, 10) }
func testDirectBreakLong(w *world) { directBreak(w, 100_000) }

func directBreak(w *world, n int) {
	b, ok := w.ranks[0].(transport.Breaker)
	if !ok {
		w.t.Skip("the transport is no transport.Breaker")
	}
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	d := w.ranks[0].(transport.Direct)
	ended := make(chan error, 1)
	go func() {
		_, err := d.Recv(w.ctx, 1, 1, make([]byte, n))
		ended <- err
	}()
	cause := errors.New("rank 9 died")
	b.Break(cause)
	if err := <-ended; !errors.Is(err, cause) {
		w.errorf("pending receive: error is %v, want the cause", err)
	}
	if _, err := d.Recv(w.ctx, 1, 1, make([]byte, n)); !errors.Is(err, cause) {
		w.errorf("later receive: error is %v, want the cause", err)
	}
	if err := d.Send(w.ctx, 1, 1, make([]byte, n)); !errors.Is(err, cause) {
		w.errorf("later send: error is %v, want the cause", err)
	}
}

func testDirectClosed(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	d := w.ranks[0].(transport.Direct)
	if err := w.ranks[0].Close(); err != nil {
		w.errorf("close: %v", err)
	}
	if err := d.Send(w.ctx, 1, 1, []byte{1}); !errors.Is(err, transport.ErrClosed) {
		w.errorf("send: error is %v, want ErrClosed", err)
	}
	if _, err := d.Recv(w.ctx, 1, 1, []byte{1}); !errors.Is(err, transport.ErrClosed) {
		w.errorf("receive: error is %v, want ErrClosed", err)
	}
}

// What a rank sent before it closed arrives, and then an error.
func testDirectPeerCloses(w *world) {
	w.spmd(func(tr transport.Transport) error {
		d := tr.(transport.Direct)
		if tr.Rank() == 0 {
			for i := range 50 {
				if err := d.Send(w.ctx, 1, 1, pattern(i, uint64(i))); err != nil {
					return err
				}
			}
			return tr.Close()
		}
		for i := range 50 {
			p := make([]byte, i)
			if err := w.directRecv(tr, 0, 1, p, i); err != nil {
				return err
			}
			if err := same(p, uint64(i)); err != nil {
				return err
			}
		}
		if _, err := d.Recv(w.ctx, 0, 1, make([]byte, 9)); err == nil {
			return errors.New("a receive from a rank that closed ended without an error")
		}
		return nil
	})
}

package transporttest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sync"

	"numcomp/comm/transport"
)

// requestTests check what Requests say and how many there may be.
func requestTests() []subtest {
	return []subtest{
		{"NoRequests", 1, testNoRequests},
		{"Shorter", 2, testShorter},
		{"Truncated", 2, testTruncated},
		{"TruncatedHuge", 2, testTruncatedHuge},
		{"ManyOutstanding", 2, testManyOutstanding},
		{"SentBeforePosted", 2, testSentBeforePosted},
		{"WaitInAnyOrder", 2, testWaitInAnyOrder},
		{"WaitTogetherThenEach", 2, testWaitTogetherThenEach},
		{"Concurrent", 3, testConcurrent},
		{"RankOutside", 2, testRankOutside},
	}
}

func testNoRequests(w *world) {
	if err := w.ranks[0].Wait(w.ctx); err != nil {
		w.errorf("Wait for nothing: %v", err)
	}
}

// A shorter message is fine, N tells its length, and the rest of the buffer is
// left alone.
func testShorter(w *world) {
	const tag = 6
	for _, n := range []int{0, 1, 1000, 300_000} {
		w.spmd(func(tr transport.Transport) error {
			if tr.Rank() == 0 {
				req := tr.Isend(1, tag, pattern(n, 1))
				if err := tr.Wait(w.ctx, req); err != nil {
					return err
				}
				if req.N() != n {
					return fmt.Errorf("the send has N %d, want %d", req.N(), n)
				}
				return nil
			}
			p := pattern(n+500, 9)
			if err := w.recv(tr, 0, tag, p, n); err != nil {
				return err
			}
			if !bytes.Equal(p[n:], pattern(n+500, 9)[n:]) {
				return fmt.Errorf("bytes past the message of %d were written", n)
			}
			return same(p[:n], 1)
		})
	}
}

func testTruncated(w *world)     { truncate(w, 100, 10) }
func testTruncatedHuge(w *world) { truncate(w, huge(), 100_000) }

// truncate sends a message of n bytes to a buffer of room, posted before and
// after it was sent. The receive fails, the send does not, nothing past the
// buffer is written, and the message after it arrives.
func truncate(w *world, n, room int) {
	const tag = 8
	for round := range 2 {
		w.spmd(func(tr transport.Transport) error {
			peer := 1 - tr.Rank()
			if tr.Rank() == 0 {
				reqs := []transport.Request{
					tr.Isend(peer, tag, pattern(n, 1)),
					tr.Isend(peer, tag, pattern(room, 2)),
				}
				if round == 0 {
					reqs = append(reqs, tr.Isend(peer, tag+1, nil))
				}
				return tr.Wait(w.ctx, reqs...)
			}
			if round == 0 { // the messages are on their way
				if err := w.recv(tr, peer, tag+1, nil, 0); err != nil {
					return err
				}
			}
			p := pattern(room+1000, 9)
			if err := tr.Wait(w.ctx, tr.Irecv(peer, tag, p[:room])); !errors.Is(err, transport.ErrTruncated) {
				return fmt.Errorf("%d bytes into %d: error is %v, want ErrTruncated", n, room, err)
			}
			if !bytes.Equal(p[room:], pattern(room+1000, 9)[room:]) {
				return fmt.Errorf("bytes past the buffer of %d were written", room)
			}
			if err := w.recv(tr, peer, tag, p[:room], room); err != nil {
				return fmt.Errorf("after a truncated message: %w", err)
			}
			return same(p[:room], 2)
		})
	}
}

// Thousands of requests may be under way, all waited for at once.
func testManyOutstanding(w *world) {
	const count = 3000
	w.spmd(func(tr transport.Transport) error {
		peer := 1 - tr.Rank()
		in := make([][]byte, count)
		var reqs []transport.Request
		for i := range in {
			in[i] = make([]byte, i%257)
			reqs = append(reqs, tr.Irecv(peer, transport.Tag(i%7), in[i]))
		}
		for i := range in {
			reqs = append(reqs, tr.Isend(peer, transport.Tag(i%7), pattern(i%257, uint64(i))))
		}
		if err := tr.Wait(w.ctx, reqs...); err != nil {
			return err
		}
		for i := range in {
			if err := same(in[i], uint64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Everything is sent, far more than any credit, before the receiver posts its
// first buffer; the receiver takes the last tag first.
func testSentBeforePosted(w *world) {
	const tags, each, n = 20, 10, 40_000
	w.spmd(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			var reqs []transport.Request
			for tag := range tags {
				for i := range each {
					reqs = append(reqs, tr.Isend(1, transport.Tag(tag), pattern(n, uint64(tag*each+i))))
				}
			}
			reqs = append(reqs, tr.Isend(1, tags, nil))
			return tr.Wait(w.ctx, reqs...)
		}
		if err := w.recv(tr, 0, tags, nil, 0); err != nil {
			return err
		}
		p := make([]byte, n)
		for tag := tags - 1; tag >= 0; tag-- {
			for i := range each {
				if err := w.recv(tr, 0, transport.Tag(tag), p, n); err != nil {
					return err
				}
				if err := same(p, uint64(tag*each+i)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Requests end whatever the order in which they are waited for.
func testWaitInAnyOrder(w *world) {
	const count = 50
	w.spmd(func(tr transport.Transport) error {
		peer := 1 - tr.Rank()
		var ins, outs []transport.Request
		in := make([][]byte, count)
		for i := range in {
			n := []int{10, 100_000}[i%2]
			in[i] = make([]byte, n)
			ins = append(ins, tr.Irecv(peer, transport.Tag(i), in[i]))
			outs = append(outs, tr.Isend(peer, transport.Tag(i), pattern(n, uint64(i))))
		}
		for i := count - 1; i >= 0; i-- {
			if err := tr.Wait(w.ctx, ins[i]); err != nil {
				return err
			}
			if err := same(in[i], uint64(i)); err != nil {
				return err
			}
		}
		for i := count - 1; i >= 0; i-- {
			if err := tr.Wait(w.ctx, outs[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Of requests that are waited for together, one fails; waiting for each of them
// again tells which.
func testWaitTogetherThenEach(w *world) {
	const tag, count = 3, 8
	for _, n := range []int{100, 300_000} {
		w.spmd(func(tr transport.Transport) error {
			peer := 1 - tr.Rank()
			var reqs []transport.Request
			in := make([][]byte, count)
			for i := range in {
				in[i] = make([]byte, n-i%2) // every other one has no room
				reqs = append(reqs, tr.Irecv(peer, tag, in[i]))
			}
			for i := range in {
				reqs = append(reqs, tr.Isend(peer, tag, pattern(n, uint64(i))))
			}
			if err := tr.Wait(w.ctx, reqs...); !errors.Is(err, transport.ErrTruncated) {
				return fmt.Errorf("together: error is %v, want ErrTruncated", err)
			}
			for i, req := range reqs {
				err := tr.Wait(w.ctx, req)
				if short := i < count && i%2 == 1; short != errors.Is(err, transport.ErrTruncated) || !short && err != nil {
					return fmt.Errorf("request %d of messages of %d bytes: error is %v", i, n, err)
				}
				if err == nil && req.N() != n {
					return fmt.Errorf("request %d: N is %d, want %d", i, req.N(), n)
				}
			}
			return same(in[0], 0)
		})
	}
}

// All methods may be called from several goroutines of a rank at once.
func testConcurrent(w *world) {
	const goroutines, rounds = 8, 30
	w.spmd(func(tr transport.Transport) error {
		p, me := tr.Size(), tr.Rank()
		errs := make([]error, goroutines)
		var all sync.WaitGroup
		for g := range goroutines {
			all.Go(func() {
				errs[g] = func() error {
					for i := range rounds {
						to, from := (me+g)%p, (me+p-g%p)%p
						n := (g*7919 + i*104729) % 150_000
						in := make([]byte, n)
						req := tr.Irecv(from, transport.Tag(g), in)
						out := tr.Isend(to, transport.Tag(g), pattern(n, uint64(g*rounds+i)))
						if err := tr.Wait(w.ctx, req, out); err != nil {
							return err
						}
						if err := same(in, uint64(g*rounds+i)); err != nil {
							return fmt.Errorf("goroutine %d: %w", g, err)
						}
					}
					return nil
				}()
			})
		}
		all.Wait()
		return errors.Join(errs...)
	})
}

// A peer outside the world is an error of the request, and nothing else.
func testRankOutside(w *world) {
	for _, tr := range w.ranks {
		for _, peer := range []int{-1, len(w.ranks), math.MaxInt} {
			if err := tr.Wait(w.ctx, tr.Isend(peer, 1, []byte{1})); !errors.Is(err, transport.ErrRank) {
				w.errorf("send to rank %d: error is %v, want ErrRank", peer, err)
			}
			if err := tr.Wait(w.ctx, tr.Irecv(peer, 1, make([]byte, 1))); !errors.Is(err, transport.ErrRank) {
				w.errorf("receive from rank %d: error is %v, want ErrRank", peer, err)
			}
		}
	}
	if err := w.handshake(0, 1); err != nil {
		w.errorf("after that: %v", err)
	}
}

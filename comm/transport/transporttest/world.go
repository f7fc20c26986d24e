package transporttest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"numcomp/comm/transport"
)

const (
	// watchdog bounds a subtest. It is generous because suites share busy
	// machines: only a deadlock reaches it.
	watchdog = 60 * time.Second
	// grace is how long after the watchdog's cancellation a subtest may take to
	// come to its end before it is given up.
	grace = 15 * time.Second
)

// world is what a subtest works on.
type world struct {
	t     *testing.T
	ctx   context.Context
	ranks []transport.Transport
}

// runWatched makes the world of s, runs its body under the watchdog and closes
// the world.
func runWatched(t *testing.T, newWorld NewWorld, s subtest) {
	ctx, cancel := context.WithTimeout(context.Background(), watchdog)
	defer cancel()
	w := &world{t: t, ctx: ctx, ranks: newWorld(t, s.size)}
	if len(w.ranks) != s.size {
		t.Fatalf("newWorld(%d) made %d transports", s.size, len(w.ranks))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer w.closeAll()
		s.body(w)
	}()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	select {
	case <-ended:
		t.Errorf("took longer than %v", watchdog)
	case <-time.After(grace):
		stacks := make([]byte, 1<<20)
		t.Fatalf("deadlock: still running %v after its context ended\n%s",
			grace, stacks[:runtime.Stack(stacks, true)])
	}
}

// closeAll closes every rank at the same time, as processes that end together.
func (w *world) closeAll() {
	var all sync.WaitGroup
	for _, tr := range w.ranks {
		all.Go(func() { tr.Close() })
	}
	all.Wait()
}

// errorf fails the subtest. Ranks call it instead of t.Fatal, which only the
// test's own goroutine may call.
func (w *world) errorf(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf(format, args...)
}

// spmd runs body once a rank, all at the same time, and fails the subtest with
// every error returned.
func (w *world) spmd(body func(tr transport.Transport) error) {
	w.t.Helper()
	if err := errors.Join(w.each(body)...); err != nil {
		w.errorf("%v", err)
	}
}

// each runs body once a rank, all at the same time, and returns the errors.
func (w *world) each(body func(tr transport.Transport) error) []error {
	errs := make([]error, len(w.ranks))
	var all sync.WaitGroup
	for r, tr := range w.ranks {
		all.Go(func() {
			if err := body(tr); err != nil {
				errs[r] = fmt.Errorf("rank %d: %w", r, err)
			}
		})
	}
	all.Wait()
	return errs
}

// send sends p and waits for it.
func (w *world) send(tr transport.Transport, to int, tag transport.Tag, p []byte) error {
	if err := tr.Wait(w.ctx, tr.Isend(to, tag, p)); err != nil {
		return fmt.Errorf("send of %d bytes to rank %d, tag %#x: %w", len(p), to, uint64(tag), err)
	}
	return nil
}

// recv receives into p, waits, and checks that the message has want bytes.
func (w *world) recv(tr transport.Transport, from int, tag transport.Tag, p []byte, want int) error {
	req := tr.Irecv(from, tag, p)
	if err := tr.Wait(w.ctx, req); err != nil {
		return fmt.Errorf("receive into %d bytes from rank %d, tag %#x: %w", len(p), from, uint64(tag), err)
	}
	if req.N() != want {
		return fmt.Errorf("receive from rank %d, tag %#x: N is %d, want %d", from, uint64(tag), req.N(), want)
	}
	return nil
}

// handshake makes ranks a and b exchange a message in both directions, so that
// a transport that connects lazily has its connection.
func (w *world) handshake(a, b int) error {
	const tag = transport.Tag(1 << 20)
	var p [1]byte
	if err := w.pass(a, b, tag, p[:]); err != nil {
		return err
	}
	return w.pass(b, a, tag, p[:])
}

// pass sends p from rank a to rank b and waits for both ends.
func (w *world) pass(a, b int, tag transport.Tag, p []byte) error {
	got := make([]byte, len(p))
	in := w.ranks[b].Irecv(a, tag, got)
	sent := make(chan error, 1)
	go func() { sent <- w.send(w.ranks[a], b, tag, p) }()
	err := w.ranks[b].Wait(w.ctx, in)
	return errors.Join(<-sent, err)
}

// huge is the length of a message far over every eager limit, and not a
// multiple of anything.
func huge() int {
	if testing.Short() {
		return 1<<20 + 13
	}
	return 6<<20 + 13
}

// pattern returns n bytes that depend on seed. The race detector, which knows
// that they are new, would spend three quarters of a suite's time here.
//
//go:norace
func pattern(n int, seed uint64) []byte {
	p := make([]byte, (n+7)&^7)
	x := seed*0x9E3779B97F4A7C15 + 1
	for i := 0; i < len(p); i += 8 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		binary.LittleEndian.PutUint64(p[i:], x)
	}
	return p[:n:n]
}

// same returns an error that names the first byte of p that differs from
// pattern(len(p), seed).
func same(p []byte, seed uint64) error {
	want := pattern(len(p), seed)
	if bytes.Equal(p, want) {
		return nil
	}
	for i := range p {
		if p[i] != want[i] {
			return fmt.Errorf("byte %d of %d is %#x, want %#x (message %d)", i, len(p), p[i], want[i], seed)
		}
	}
	return nil
}

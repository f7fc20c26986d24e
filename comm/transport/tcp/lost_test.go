package tcp

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"numcomp/comm/transport"
)

// warmUp sends messages to and fro until rank 0 reads the connection itself, and
// leaves it with nobody reading.
func warmUp(t *testing.T, ranks []*Transport) {
	t.Helper()
	ctx := testContext(t)
	p := make([]byte, 8)
	for range 20 {
		for i := range 2 {
			req := ranks[1-i].Irecv(i, 9, p)
			if err := ranks[i].Wait(ctx, ranks[i].Isend(1-i, 9, make([]byte, 8))); err != nil {
				t.Fatal(err)
			}
			if err := ranks[1-i].Wait(ctx, req); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// pendingReceive waits in a goroutine for a message that never comes.
func pendingReceive(t *testing.T, tr *Transport, from int) <-chan error {
	ended := make(chan error, 1)
	ctx := testContext(t)
	req := tr.Irecv(from, 1, make([]byte, 8))
	go func() { ended <- tr.Wait(ctx, req) }()
	return ended
}

func TestLostPeerBreaksTheWorld(t *testing.T) {
	ranks := newWorldOf(t, 3, "127.0.0.1", Options{})
	warmUp(t, ranks)
	ended := pendingReceive(t, ranks[0], 1)
	other := pendingReceive(t, ranks[0], 2)
	ranks[1].link(0).conn.Close() // as the kernel does when the process dies
	for _, c := range []<-chan error{ended, other} {
		err := <-c
		var lost *LostError
		if !errors.As(err, &lost) || lost.Rank != 1 || lost.Host != "n1" || lost.PID != 1001 {
			t.Errorf("error %v, want that rank 1 (host n1, pid 1001) was lost", err)
		}
		if want := "rank 1 (host n1, pid 1001) was lost: it closed the connection without a goodbye"; err == nil || err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}

// TestPeerLostDecides checks that the operations wait for the verdict.
func TestPeerLostDecides(t *testing.T) {
	verdict := errors.New("rank 1 (host n1, pid 1001) died: killed by signal 9")
	told := make(chan error, 10)
	var self *Transport
	ranks := newWorldWith(t, 2, "127.0.0.1", func(rank int) Options {
		if rank != 0 {
			return Options{}
		}
		return Options{PeerLost: func(rank int, err error) {
			if rank != 1 {
				t.Errorf("rank %d was lost", rank)
			}
			told <- err
			self.Break(verdict)
		}}
	})
	self = ranks[0]
	warmUp(t, ranks)
	ended := pendingReceive(t, ranks[0], 1)
	sent := ranks[0].Isend(1, 2, make([]byte, 1<<20))
	ranks[1].link(0).conn.Close()
	if err := <-ended; !errors.Is(err, verdict) {
		t.Errorf("receive: %v, want the verdict", err)
	}
	if err := ranks[0].Wait(testContext(t), sent); !errors.Is(err, verdict) {
		t.Errorf("send: %v, want the verdict", err)
	}
	var lost *LostError
	if err := <-told; !errors.As(err, &lost) {
		t.Errorf("PeerLost was told %v", err)
	}
	ranks[0].Close()
	if len(told) != 0 {
		t.Error("PeerLost was told twice")
	}
}

func TestUnreachablePeer(t *testing.T) {
	e, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.Start(testIdentity(0, 4), nil)
	gone := refusedAddr(t)
	tr := New(e, transport.List[Peer]{{}, {}, {}, {Addrs: []netip.AddrPort{gone}, Host: "n3", PID: 7}}, Options{})
	defer tr.Close()
	err = tr.Wait(testContext(t), tr.Isend(3, 1, []byte{1}))
	want := "rank 3 (host n3, pid 7) was lost: cannot connect to rank 3; " + gone.String() + ": refused (nothing listens there)"
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
}

// TestEndsOfALeader ends, in every way there is, a receive whose goroutine reads
// the connection itself.
func TestEndsOfALeader(t *testing.T) {
	cause := errors.New("the cause")
	for name, tc := range map[string]struct {
		end  func(ranks []*Transport)
		want func(err error) bool
	}{
		"close": {
			func(ranks []*Transport) { ranks[0].Close() },
			func(err error) bool { return errors.Is(err, transport.ErrClosed) },
		},
		"break": {
			func(ranks []*Transport) { ranks[0].Break(cause) },
			func(err error) bool { return errors.Is(err, cause) },
		},
		"peer closes": {
			func(ranks []*Transport) { ranks[1].Close() },
			func(err error) bool {
				var closed *PeerClosedError
				return errors.As(err, &closed) && closed.Rank == 1 && closed.Host == "n1"
			},
		},
		"peer breaks": {
			func(ranks []*Transport) { ranks[1].Break(cause) },
			func(err error) bool {
				var lost *LostError
				return errors.As(err, &lost) && lost.Rank == 1
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ranks := newWorldOf(t, 2, "127.0.0.1", Options{})
			warmUp(t, ranks)
			ended := pendingReceive(t, ranks[0], 1)
			tc.end(ranks)
			if err := <-ended; !tc.want(err) {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("cancel", func(t *testing.T) {
		ranks := newWorldOf(t, 2, "127.0.0.1", Options{})
		warmUp(t, ranks)
		ctx, cancel := context.WithCancelCause(context.Background())
		ended := make(chan error, 1)
		req := ranks[0].Irecv(1, 1, make([]byte, 8))
		go func() { ended <- ranks[0].Wait(ctx, req) }()
		cancel(cause)
		if err := <-ended; !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
			t.Errorf("error %v, want that the context was cancelled and why", err)
		}
	})
}

// TestProgressWithoutWait sends a long message to a rank that has posted its
// receive but waits for nothing.
func TestProgressWithoutWait(t *testing.T) {
	ranks := newWorldOf(t, 2, "127.0.0.1", Options{})
	warmUp(t, ranks)
	in := ranks[0].Irecv(1, 1, make([]byte, 1<<20))
	ctx := testContext(t)
	if err := ranks[1].Wait(ctx, ranks[1].Isend(0, 1, make([]byte, 1<<20))); err != nil {
		t.Fatal(err)
	}
	if err := ranks[0].Wait(ctx, in); err != nil {
		t.Fatal(err)
	}
}

// TestGoodbyeKeepsWhatWasSent receives from a rank that has left.
func TestGoodbyeKeepsWhatWasSent(t *testing.T) {
	ranks := newWorldWith(t, 2, "127.0.0.1", func(int) Options {
		return Options{PeerLost: func(rank int, err error) { t.Errorf("rank %d: %v", rank, err) }}
	})
	ctx := testContext(t)
	if err := ranks[1].Wait(ctx, ranks[1].Isend(0, 1, []byte("farewell"))); err != nil {
		t.Fatal(err)
	}
	pending := ranks[0].Irecv(1, 2, nil)
	if err := ranks[1].Close(); err != nil {
		t.Fatal(err)
	}
	var closed *PeerClosedError
	if err := ranks[0].Wait(ctx, pending); !errors.As(err, &closed) || !strings.Contains(err.Error(), "rank 1 (host n1, pid 1001) has closed") {
		t.Errorf("error %v, want that rank 1 has closed", err)
	}
	p := make([]byte, 8)
	if err := ranks[0].Wait(ctx, ranks[0].Irecv(1, 1, p)); err != nil || string(p) != "farewell" {
		t.Errorf("%q, %v", p, err)
	}
	if err := ranks[0].Wait(ctx, ranks[0].Irecv(1, 1, p)); !errors.As(err, &closed) {
		t.Errorf("a second receive: %v", err)
	}
	if err := ranks[0].Wait(ctx, ranks[0].Isend(1, 1, p)); !errors.As(err, &closed) {
		t.Errorf("a send: %v", err)
	}
}

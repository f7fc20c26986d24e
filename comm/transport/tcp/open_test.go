package tcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"numcomp/comm/transport"
)

// TestBothDial has all pairs of ranks open their connection from both sides at
// once.
func TestBothDial(t *testing.T) {
	const worlds, size = 30, 4
	for range worlds {
		ranks := newWorldWith(t, size, "127.0.0.1", func(rank int) Options {
			return Options{PeerLost: func(peer int, err error) { t.Errorf("rank %d: %v", rank, err) }}
		})
		exchange(t, ranks)
		for a, tr := range ranks {
			for b := range ranks {
				if a == b {
					continue
				}
				// One connection: what is one side's own address is the other's peer.
				mine, theirs := tr.link(b).conn.(polled), ranks[b].link(a).conn.(polled)
				if mine.LocalAddr().String() != theirs.RemoteAddr().String() {
					t.Errorf("ranks %d and %d use different connections", a, b)
				}
			}
		}
		closeTogether(ranks)
	}
}

// exchange sends a message between all pairs, from all ranks at once.
func exchange(t *testing.T, ranks []*Transport) {
	t.Helper()
	ctx := testContext(t)
	start := make(chan struct{})
	var all sync.WaitGroup
	for me, tr := range ranks {
		all.Go(func() {
			<-start
			var reqs []transport.Request
			in := make([][]byte, len(ranks))
			for r := range ranks {
				in[r] = make([]byte, 16)
				reqs = append(reqs, tr.Isend(r, 1, fmt.Appendf(nil, "%7d to %5d", me, r)), tr.Irecv(r, 1, in[r]))
			}
			if err := tr.Wait(ctx, reqs...); err != nil {
				t.Errorf("rank %d: %v", me, err)
				return
			}
			for r := range ranks {
				if want := fmt.Sprintf("%7d to %5d", r, me); string(in[r]) != want {
					t.Errorf("rank %d received %q, want %q", me, in[r], want)
				}
			}
		})
	}
	close(start)
	all.Wait()
}

func closeTogether(ranks []*Transport) {
	var all sync.WaitGroup
	for _, tr := range ranks {
		all.Go(func() { tr.Close() })
	}
	all.Wait()
}

func TestManyConnections(t *testing.T) {
	ranks := newWorldOf(t, 24, "127.0.0.1", Options{})
	for range 3 {
		exchange(t, ranks)
	}
	closeTogether(ranks)
}

// TestConnectionsBeforeNew come in while a rank still waits for the others'
// addresses.
func TestConnectionsBeforeNew(t *testing.T) {
	e, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.Start(testIdentity(0, 2), nil)
	early := newPeerOf(t, e, 1)
	ctx := testContext(t)
	sent := early.Isend(0, 1, []byte("early"))
	if err := early.Wait(ctx, sent); err != nil {
		t.Fatal(err)
	}
	tr := New(e, make(transport.List[Peer], 2), Options{})
	defer tr.Close()
	p := make([]byte, 5)
	if err := tr.Wait(ctx, tr.Irecv(1, 1, p)); err != nil || string(p) != "early" {
		t.Errorf("%q, %v", p, err)
	}
}

// newPeerOf makes the transport of another rank of e's world of 2.
func newPeerOf(t *testing.T, e *Endpoint, rank int) *Transport {
	t.Helper()
	other, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	other.Start(testIdentity(rank, 2), nil)
	peers := make(transport.List[Peer], 2)
	peers[1-rank].Addrs = e.Addrs()
	tr := New(other, peers, Options{})
	t.Cleanup(func() { tr.Close() })
	return tr
}

// TestSecondDataConnectionIsRefused: a rank has one to each other rank.
func TestSecondDataConnectionIsRefused(t *testing.T) {
	tr, c := connect(t, Options{})
	defer c.Close()
	other, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	// The same process, as far as the hello tells.
	tr.e.mu.Lock()
	other.instance = tr.e.known[1]
	tr.e.mu.Unlock()
	other.Start(testIdentity(1, 2), nil)
	_, err = other.Dial(testContext(t), 0, tr.e.Addrs(), KindData)
	var refused *RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "already") {
		t.Errorf("error %v, want a refusal", err)
	}
	// Another process that claims the rank is a duplicate.
	other.instance[0]++
	other.Close()
	twin := startPeer(t, testIdentity(1, 2), ListenConfig{})
	var dup *DuplicateRankError
	if _, err := twin.Dial(testContext(t), 0, tr.e.Addrs(), KindData); !errors.As(err, &dup) || dup.Rank != 1 {
		t.Errorf("error %v, want that rank 1 is there twice", err)
	}
}

// TestDataConnectionAfterClose is refused with the reason.
func TestDataConnectionAfterClose(t *testing.T) {
	ranks := newWorldOf(t, 2, "127.0.0.1", Options{})
	ranks[0].Close()
	err := ranks[1].Wait(testContext(t), ranks[1].Isend(0, 1, nil))
	if err == nil || !strings.Contains(err.Error(), "rank 0 has ended") {
		t.Errorf("error %v, want that rank 0 has ended", err)
	}
}

// TestCloseDuringDial must not wait for the dial's own time.
func TestCloseDuringDial(t *testing.T) {
	e, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.Start(testIdentity(0, 2), nil)
	silent := listenSilently(t)
	tr := New(e, transport.List[Peer]{{}, {Addrs: append(e.Addrs()[:0:0], silent.addr)}}, Options{})
	ended := make(chan error, 1)
	req := tr.Isend(1, 1, nil)
	go func() { ended <- tr.Wait(context.Background(), req) }()
	defer (<-silent.conns).Close()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, transport.ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

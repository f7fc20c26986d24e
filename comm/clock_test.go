package comm

import (
	"context"
	"sync"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
)

// clocks measures steps: the longest chain of messages each of which waits for
// the one before it. A message takes one unit; a rank sends one at a time and
// receives one at a time. It decorates the transports of one world.
type clocks struct {
	mu       sync.Mutex
	arrivals map[stream][]int // when the messages of a stream have arrived
	posted   map[stream]int   // how many receives a stream has had
}

// stream is what messages are matched by.
type stream struct {
	from, to int
	tag      transport.Tag
}

// clocked is one rank's transport. It is used by one goroutine.
type clocked struct {
	transport.Transport
	world    *clocks
	now      int
	sendFree int          // when the sender is free
	received map[int]bool // the units in which something was received
}

// timedRequest remembers what its end means for the clock.
type timedRequest struct {
	transport.Request
	sent   int // of a send: when it has ended
	stream stream
	index  int // of a receive: its number in the stream
}

// Unwrap is the transport that carries the messages. Memory in common is its own.
func (t *clocked) Unwrap() transport.Transport { return t.Transport }

func newClocks(ranks []transport.Transport) []*clocked {
	w := &clocks{arrivals: map[stream][]int{}, posted: map[stream]int{}}
	timed := make([]*clocked, len(ranks))
	for r, tr := range ranks {
		timed[r] = &clocked{Transport: tr, world: w, received: map[int]bool{}}
	}
	return timed
}

func (t *clocked) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	t.sendFree = max(t.now, t.sendFree) + 1
	s := stream{t.Rank(), to, tag}
	t.world.mu.Lock()
	t.world.arrivals[s] = append(t.world.arrivals[s], t.sendFree)
	t.world.mu.Unlock()
	return &timedRequest{Request: t.Transport.Isend(to, tag, p), sent: t.sendFree, index: -1}
}

func (t *clocked) Irecv(from int, tag transport.Tag, p []byte) transport.Request {
	s := stream{from, t.Rank(), tag}
	t.world.mu.Lock()
	index := t.world.posted[s]
	t.world.posted[s]++
	t.world.mu.Unlock()
	return &timedRequest{Request: t.Transport.Irecv(from, tag, p), stream: s, index: index}
}

// Wait moves the clock to the end of the last request.
func (t *clocked) Wait(ctx context.Context, reqs ...transport.Request) error {
	for _, req := range reqs {
		r := req.(*timedRequest)
		if err := t.Transport.Wait(ctx, r.Request); err != nil {
			return err
		}
		if r.index < 0 {
			t.now = max(t.now, r.sent)
			continue
		}
		t.world.mu.Lock()
		arrived := t.world.arrivals[r.stream][r.index]
		t.world.mu.Unlock()
		for t.received[arrived] {
			arrived++
		}
		t.received[arrived] = true
		t.now = max(t.now, arrived)
	}
	return nil
}

// TestClocks holds the clock itself to patterns whose steps are plain: the costs of
// algorithms are measured with it.
func TestClocks(t *testing.T) {
	for _, c := range []struct {
		name     string
		messages [][2]int // from, to, in this order
		now      [3]int
	}{
		{"a chain waits", [][2]int{{0, 1}, {1, 2}}, [3]int{1, 2, 2}},
		{"sends one at a time", [][2]int{{0, 1}, {0, 2}}, [3]int{2, 1, 2}},
		{"receives one at a time", [][2]int{{0, 2}, {1, 2}}, [3]int{1, 1, 2}},
	} {
		ranks := mem.NewWorld(3)
		timed := newClocks(ranks)
		for _, m := range c.messages {
			sent := timed[m[0]].Isend(m[1], 1, []byte{7})
			if err := timed[m[1]].Wait(t.Context(), timed[m[1]].Irecv(m[0], 1, make([]byte, 1))); err != nil {
				t.Fatal(err)
			}
			if err := timed[m[0]].Wait(t.Context(), sent); err != nil {
				t.Fatal(err)
			}
		}
		for r, tr := range timed {
			if tr.now != c.now[r] {
				t.Errorf("%s: rank %d's clock is at %d, want %d", c.name, r, tr.now, c.now[r])
			}
			ranks[r].Close()
		}
	}
}

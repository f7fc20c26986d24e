package shm

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/transporttest"
)

// withSegments is a rank whose messages travel by another transport.
type withSegments struct {
	transport.Transport
	*Segments
}

func TestSegments(t *testing.T) {
	space, err := Space()
	if err != nil {
		t.Fatal(err)
	}
	transporttest.Run(t, func(_ *testing.T, size int) []transport.Transport {
		peers := make(transport.List[Peer], size)
		for r := range peers {
			peers[r] = Peer{Host: fmt.Sprintf("n%d", r), PID: os.Getpid(), Memory: Memory{Space: space}}
		}
		world := mem.NewWorld(size)
		for r, t := range world {
			world[r] = withSegments{t, NewSegments(r, peers)}
		}
		return world
	})
}

// TestSegmentsApart: ranks of other nodes, and ranks that cannot name each other's
// memory, are not near.
func TestSegmentsApart(t *testing.T) {
	space, err := Space()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSegments(0, transport.List[Peer]{
		{Host: "a", PID: os.Getpid(), Memory: Memory{Space: space}},
		{Host: "b", Node: 1, PID: os.Getpid(), Memory: Memory{Space: space}},
		{Host: "a", PID: os.Getpid()},
		{Host: "a", PID: os.Getpid(), Memory: Memory{Space: space + 1}},
	})
	seg, err := s.Allocate(100)
	if err != nil {
		t.Fatal(err)
	}
	defer seg.Close()
	for rank, near := range []bool{true, false, false, false} {
		if s.Near(rank) != near {
			t.Errorf("near rank %d: %v", rank, !near)
		}
		again, err := s.Attach(rank, seg.Handle(), 100, false)
		if (err == nil) != near {
			t.Errorf("attach memory of rank %d: %v", rank, err)
		}
		if err == nil {
			again.Close()
		} else if !strings.Contains(err.Error(), fmt.Sprintf("rank %d (host ", rank)) {
			t.Errorf("the error does not say whose memory: %v", err)
		}
	}
	if _, err := s.Attach(4, seg.Handle(), 100, false); err == nil || s.Near(4) {
		t.Error("rank 4 of 4 is near")
	}
}

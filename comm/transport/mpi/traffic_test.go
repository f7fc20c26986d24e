//go:build mpi

package mpi

import (
	"testing"

	"numcomp/comm/transport"
)

func TestGiven(t *testing.T) {
	p := make([]byte, 30)
	even, uneven := transport.Blocks{N: 10}, transport.Blocks{Counts: []int{5, 20, 5}, Displs: []int{0, 5, 25}}
	for _, c := range []struct {
		rank            int
		x               transport.Collective
		messages, bytes int
	}{
		{1, transport.Collective{Kind: transport.Bcast, Root: 1, Recv: p}, 2, 60},
		{0, transport.Collective{Kind: transport.Bcast, Root: 1, Recv: p}, 0, 0},
		{0, transport.Collective{Kind: transport.Gather, Root: 1, Send: p}, 1, 30},
		{1, transport.Collective{Kind: transport.Gatherv, Root: 1, Send: p}, 0, 0},
		{1, transport.Collective{Kind: transport.Scatter, Root: 1, Send: p, In: even}, 2, 20},
		{1, transport.Collective{Kind: transport.Scatterv, Root: 1, Send: p, In: uneven}, 2, 10},
		{0, transport.Collective{Kind: transport.Alltoallv, Send: p, In: uneven}, 2, 25},
		{0, transport.Collective{Kind: transport.Allgather, Send: p}, 2, 60},
		{0, transport.Collective{Kind: transport.Allreduce, Send: p}, 1, 30},
		{0, transport.Collective{Kind: transport.Barrier}, 0, 0},
	} {
		g := &group{rank: c.rank, size: 3}
		if messages, bytes := g.given(&c.x); messages != c.messages || bytes != c.bytes {
			t.Errorf("rank %d, kind %d: %d messages of %d bytes, want %d of %d", c.rank, c.x.Kind, messages, bytes, c.messages, c.bytes)
		}
	}
}

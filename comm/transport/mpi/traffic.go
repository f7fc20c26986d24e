//go:build mpi

package mpi

import (
	"sync/atomic"

	"numcomp/comm/transport"
)

// traffic counts what this rank has given to MPI. How MPI moves it nobody is told, so
// a collective counts as if every rank's bytes went straight to whom they are for, and
// a reduction as one vector of every rank. A barrier has none.
type traffic struct{ messages, bytes atomic.Int64 }

func (c *traffic) add(messages, bytes int) {
	c.messages.Add(int64(messages))
	c.bytes.Add(int64(bytes))
}

// Moved returns how many messages this rank has given to MPI, and the bytes in them.
func (t *Transport) Moved() (messages, bytes int64) {
	return t.traffic.messages.Load(), t.traffic.bytes.Load()
}

// given is what this rank gives the others in x.
func (g *group) given(x *transport.Collective) (messages, bytes int) {
	others := g.size - 1
	if others == 0 {
		return 0, 0
	}
	switch x.Kind {
	case transport.Bcast:
		if g.rank == x.Root {
			return others, others * len(x.Recv)
		}
	case transport.Gather, transport.Gatherv, transport.Reduce:
		if g.rank != x.Root {
			return 1, len(x.Send)
		}
	case transport.Scatter, transport.Scatterv:
		if g.rank == x.Root {
			return others, len(x.Send) - len(block(x.Send, x.In, g.rank))
		}
	case transport.Alltoall, transport.Alltoallv:
		return others, len(x.Send) - len(block(x.Send, x.In, g.rank))
	case transport.Allgather, transport.Allgatherv:
		return others, others * len(x.Send)
	case transport.Allreduce, transport.ReduceScatter, transport.Scan, transport.Exscan:
		return 1, len(x.Send)
	}
	return 0, 0
}

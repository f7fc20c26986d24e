//go:build mpi

package mpi

import "numcomp/comm/transport"

// What is longer than its eager limit Open MPI hands over by an agreement of both sides
// and, between ranks of a node, a system call: a collective somewhat longer is done
// sooner in pieces that go at once (docs/adr/0016-mpi-engine.md). That is so where every
// rank has a CPU: a rank that waits for one does so once a piece.

// The longest blocks that go in pieces, in bytes. From there on, with pages of 2 MiB, the
// system call is the faster of the two; of a reduction both sides make one.
const (
	piecewise        = 3 * short
	piecewiseReduced = 6 * short
)

// together tells, at all ranks of comm alike, whether they are on one node, with a CPU
// for each.
func (t *Transport) together(comm native) (bool, error) {
	return comm.together(t.leader, t.waiting.spin > 0)
}

// divides tells, at all ranks alike, whether x goes in pieces.
func (g *group) divides(x *transport.Collective) bool {
	switch x.Kind {
	case transport.Bcast:
		return len(x.Recv) > short && len(x.Recv) <= piecewise
	case transport.Gather:
		return len(x.Send) > short && len(x.Send) <= piecewise
	case transport.Reduce, transport.Allreduce:
		return len(x.Send) > short && len(x.Send) <= piecewiseReduced
	}
	return false
}

// inPieces is run, in pieces of at most short bytes, which is a whole number of elements
// of every type.
func (g *group) inPieces(x *transport.Collective) (done bool, err error) {
	switch x.Kind {
	case transport.Bcast:
		return true, g.comm.bcastBy(x.Recv, x.Root, short)
	case transport.Gather:
		return true, g.comm.gatherBy(x.Send, x.Recv, x.Root, g.gathersInPlace(x), g.size, short)
	}
	y := *x
	for at := 0; at < len(x.Send) && err == nil; at += short {
		y.Send, y.Recv = part(x.Send, at), part(x.Recv, at)
		if done, err = g.run(&y); !done {
			return false, err // of the first: they are alike
		}
	}
	return done, err
}

// part is the piece of p that begins at at, nil of a p that is not there.
func part(p []byte, at int) []byte {
	if len(p) == 0 {
		return nil
	}
	return p[at:min(at+short, len(p))]
}

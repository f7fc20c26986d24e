//go:build mpi

package mpi

import (
	"context"
	"math"
	"slices"
	"unsafe"

	"numcomp/comm/transport"
)

// group is the collectives of a group of ranks.
type group struct {
	t          *Transport
	comm       native
	world      *gompiWorld // nil: not the world
	rank, size int
	together   bool // on one node, with a CPU for each rank; see pieces.go
}

var (
	_ transport.Native      = (*Transport)(nil)
	_ transport.Collectives = (*group)(nil)
)

// Collectives are MPI's; see transport.Native.
func (t *Transport) Collectives() transport.Collectives {
	if t.world == nil {
		return nil
	}
	return t.world
}

// Split is MPI_Comm_split; see transport.Collectives.
func (g *group) Split(ctx context.Context, color, key int) (transport.Collectives, error) {
	if err := g.t.enter(ctx); err != nil {
		return nil, err
	}
	part := &group{t: g.t}
	var err error
	if part.comm, err = g.comm.split(color, key); err == nil && color >= 0 {
		part.rank, part.size, err = part.comm.place()
	}
	if err == nil && color >= 0 {
		part.together, err = g.t.together(part.comm)
	}
	if err = g.t.leave(ctx, err); err != nil || color < 0 {
		return nil, err
	}
	return part, nil
}

// most is the largest count of MPI.
const most = math.MaxInt32

// piece is how many elements a longer vector is handled at a time.
const piece = 1 << 28

// Run carries x out by MPI; see transport.Collectives.
func (g *group) Run(ctx context.Context, x transport.Collective) (done bool, err error) {
	if x.Kind == 0 {
		return false, nil
	}
	if err := g.t.enter(ctx); err != nil {
		return true, err
	}
	// The shortest go straight to gompi and C: after a system call within MPI every
	// function to return from costs some 15 ns (the CPU has forgotten where it was
	// called).
	switch {
	case g.together && g.divides(&x):
		done, err = g.inPieces(&x)
	case g.world != nil && x.Kind == transport.Barrier:
		g.world.comm.Barrier()
		done, err = true, g.world.dropped.take()
	case g.world != nil && x.Kind == transport.Bcast && len(x.Recv)%8 == 0 && len(x.Recv) > 0 && len(x.Recv) <= most:
		g.world.comm.BcastUint64s(view[uint64](x.Recv), x.Root)
		done, err = true, g.world.dropped.take()
	case x.Kind == transport.Gather && len(x.Send)*g.size <= most:
		done, err = true, g.comm.gather(x.Send, x.Recv, x.Root, g.gathersInPlace(&x))
	default:
		done, err = g.run(&x)
	}
	if done && x.Kind != transport.Barrier {
		if messages, bytes := g.given(&x); messages > 0 {
			g.t.traffic.add(messages, bytes)
		}
	}
	err = g.t.leave(ctx, err)
	return done || err != nil, err
}

// gathersInPlace tells whether this rank's block is where it belongs already.
func (g *group) gathersInPlace(x *transport.Collective) bool {
	return g.rank == x.Root && same(x.Send, block(x.Recv, x.Out, g.rank))
}

func (g *group) run(x *transport.Collective) (done bool, err error) {
	a := &arguments{kind: x.Kind, root: x.Root, send: x.Send, recv: x.Recv, element: x.Element, op: x.Op}
	switch x.Kind {
	case transport.Barrier:
		return true, g.comm.run(a)
	case transport.Bcast:
		return g.bcast(a)
	case transport.Reduce, transport.Allreduce, transport.Scan, transport.Exscan:
		return g.reduce(a)
	case transport.ReduceScatter:
		return g.reduceScatter(a, x.In)
	}
	return g.move(a, x)
}

func (g *group) bcast(a *arguments) (bool, error) {
	all := a.recv
	if len(all) == 0 {
		return false, nil // a broadcast of nothing compares the lengths
	}
	if g.world != nil {
		if carried, err := g.world.bcast(all, a.root); carried {
			return true, err
		}
	}
	for p := range slices.Chunk(all, piece) {
		a.recv, a.n = p, len(p)
		if err := g.comm.run(a); err != nil {
			return true, err
		}
	}
	return true, nil
}

// reduce carries out reductions whose result is as long as a rank's vector.
func (g *group) reduce(a *arguments) (bool, error) {
	if a.op == 0 || a.element == 0 || len(a.send) == 0 {
		return false, nil
	}
	size := a.element.Size()
	result := a.kind != transport.Reduce || g.rank == a.root
	a.inPlace = result && same(a.send, a.recv)
	if g.world != nil && !a.inPlace {
		if carried, err := g.world.reduce(a, result); carried {
			return true, err
		}
	}
	send, recv := a.send, a.recv
	for at := 0; at < len(send); at += piece * size {
		end := min(at+piece*size, len(send))
		a.send, a.n = send[at:end], (end-at)/size
		if result {
			a.recv = recv[at:end]
		}
		if err := g.comm.run(a); err != nil {
			return true, err
		}
	}
	return true, nil
}

func (g *group) reduceScatter(a *arguments, in transport.Blocks) (bool, error) {
	if a.op == 0 || a.element == 0 || len(a.send)/a.element.Size() > most || len(a.send) == 0 {
		return false, nil
	}
	a.to = spreadOf(in, a.element.Size())
	recv := a.recv
	if len(recv) > 0 && within(a.send, recv) { // MPI's "in place" is another
		a.recv = make([]byte, len(recv)+elementAlign)[:len(recv)]
	}
	err := g.comm.run(a)
	if err == nil && len(recv) > 0 && !same(recv, a.recv) {
		copy(recv, a.recv)
	}
	return true, err
}

// elementAlign has make give memory aligned for every element.
const elementAlign = 16

// move carries out what only moves blocks. Displacements of MPI end at 2 GiB, as
// counts do: where one rank alone knows them, all ask it.
func (g *group) move(a *arguments, x *transport.Collective) (bool, error) {
	fits, asked, root := true, false, -1
	switch x.Kind {
	case transport.Allgather:
		a.n = len(x.Send)
		fits = a.n*g.size <= most
		a.inPlace = same(x.Send, block(x.Recv, x.Out, g.rank))
	case transport.Scatter:
		a.n = len(x.Recv)
		fits = a.n*g.size <= most
		a.inPlace = g.rank == x.Root && same(x.Recv, block(x.Send, x.In, g.rank))
	case transport.Alltoall:
		a.n = len(x.Send) / g.size
		fits = len(x.Send) <= most
	case transport.Gatherv:
		a.n, asked, root = len(x.Send), true, x.Root
		if g.rank == root {
			fits = len(x.Recv) <= most
			a.inPlace = same(x.Send, block(x.Recv, x.Out, g.rank))
		}
	case transport.Scatterv:
		a.n, asked, root = len(x.Recv), true, x.Root
		if g.rank == root {
			fits = len(x.Send) <= most
			a.inPlace = same(x.Recv, block(x.Send, x.In, g.rank))
		}
	case transport.Allgatherv:
		a.n, asked = len(x.Send), true
		fits = len(x.Recv) <= most
		a.inPlace = same(x.Send, block(x.Recv, x.Out, g.rank))
	case transport.Alltoallv:
		asked = true
		fits = len(x.Send) <= most && len(x.Recv) <= most
	default:
		return false, nil
	}
	if asked {
		var err error
		if fits, err = g.comm.agree(root, fits); err != nil {
			return true, err
		}
	}
	if !fits {
		return false, nil
	}
	a.to, a.from = spreadOf(x.In, 1), spreadOf(x.Out, 1)
	return true, g.comm.run(a)
}

// block is rank r's block of p.
func block(p []byte, b transport.Blocks, r int) []byte {
	at, n := r*b.N, b.N
	if b.Counts != nil {
		at, n = b.Displs[r], b.Counts[r]
	}
	return p[at : at+n]
}

// same tells whether a and b are the same memory, and some.
func same(a, b []byte) bool {
	return len(a) > 0 && len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}

// within tells whether p, which is not empty, begins within all.
func within(all, p []byte) bool {
	from, at := uintptr(unsafe.Pointer(unsafe.SliceData(all))), uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	return at >= from && at-from < uintptr(len(all))
}

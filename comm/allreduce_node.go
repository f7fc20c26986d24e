package comm

// Allreduce of nodes.
//
// Idea: the node's ranks have buffers in common. Short vectors are put side by side
// there, and whoever comes last combines them, in rank order. Long ones go in chunks
// through a chain: rank 0 writes its chunk, each rank in turn combines its own with what
// is there, and all read the last one's: nothing is copied between, and several chunks
// are under way at once. Of several nodes, every node reduces to its leader, the leaders
// run an allreduce, and each broadcasts the result.
//
// Steps: none within a node; those of the leaders' allreduce. Messages and bytes: the
// leaders' allreduce's.
// Restrictions: the ranks of every node have memory in common; otherwise they go by
// messages. An operation that does not commute needs nodes whose ranks follow one
// another.
// Source: R. L. Graham, G. Shipman, MPI support for multi-core architectures: optimized
// shared memory collectives, EuroPVM/MPI 2008, doi:10.1007/978-3-540-87475-1_21 (Open
// MPI's coll/sm); the chain is that of Open MPI's pipelined reduction (coll/base).
func allreduceNode(x *call, l *placement) error {
	if !x.commutes && !l.inOrder {
		return x.otherwise(x)
	}
	if len(l.leaders) == 1 {
		if x.chainIsLong(l.hall, len(x.send)) {
			return x.leaveHall(l.hall, len(x.send))
		}
		return x.reduceHall(l.hall, x.send, x.recv, everyone)
	}
	if err := x.reduceHall(l.hall, x.send, x.recv, 0); err != nil {
		return err
	}
	if l.me == 0 {
		y := x.like(l.across, allreduce)
		y.send, y.recv = x.recv, x.recv
		if err := y.run(y.choose(y.allreduceChosen())); err != nil {
			return err
		}
	}
	return x.bcastHall(l.hall, x.recv, 0)
}

// like begins a reduction k of the same operation in c.
func (x *call) like(c *Comm, k collective) *call {
	y := c.newCall(x.ctx, k)
	y.fold, y.commutes, y.size, y.element, y.op = x.fold, x.commutes, x.size, x.element, x.op
	return y
}

// everyone, as the number of a rank: all get the result.
const everyone = -1

// reduceHall combines the send of a node's ranks, in their order, to the result of rank
// number to, or of everyone. Of others result is ignored. It may be send.
func (x *call) reduceHall(h *hall, send, result []byte, to int) error {
	switch {
	case len(h.ranks) == 1:
		copyUnlessAlias(result, send)
		return nil
	case len(send) <= x.sideBySide(h):
		return x.reduceSideBySide(h, send, result, to)
	}
	return x.reduceChain(h, send, result, to)
}

// sideBySide is the length up to which vectors are combined by one rank: where each has
// a CPU, the others would only wait for it.
func (x *call) sideBySide(h *hall) int {
	most := min(h.slotBytes(), x.c.tuning.sideBySide)
	if x.crowded(h) {
		return most
	}
	return min(most, leastChunk)
}

// chainIsLong tells whether a chain for vectors of n bytes would keep most of the node's
// CPUs waiting: no more ranks than there are buffers can work in it.
func (x *call) chainIsLong(h *hall, n int) bool {
	return len(h.ranks) > buffers && !x.crowded(h) && n > x.sideBySide(h)
}

// leaveHall has messages carry a reduction of vectors of n bytes, once the ranks know
// that they agree on the length.
func (x *call) leaveHall(h *hall, n int) error {
	t := h.stages(1)
	if err := x.free(h, t); err != nil {
		return err
	}
	h.ticket(t, h.me).n = uint64(n)
	h.ready(t)
	h.come(t)
	if err := x.allCome(h, t); err != nil {
		return err
	}
	if err := x.checkLengths(h, t, n); err != nil {
		return err
	}
	h.serve(t)
	return x.otherwise(x)
}

// reduceSideBySide is reduceHall of short vectors.
func (x *call) reduceSideBySide(h *hall, send, result []byte, to int) error {
	n, t := len(send), h.stages(1)
	if err := x.free(h, t); err != nil {
		return err
	}
	h.ticket(t, h.me).n = uint64(n)
	copy(h.slot(t, h.me), send)
	h.ready(t) // for ranks that take the vector for a long one
	folded := &h.head.folded[t%buffers].Word
	if h.come(t) {
		if err := x.checkLengths(h, t, n); err != nil {
			return err
		}
		sum := h.slot(t, 0)[:n]
		for i := 1; i < len(h.ranks) && n > 0; i++ {
			x.fold(sum, sum, h.slot(t, i)[:n])
		}
		h.set(folded, round(t))
	}
	if to == everyone || to == h.me {
		if err := x.await(h, folded, round(t), -1, true); err != nil {
			return err
		}
		copy(result, h.slot(t, 0)[:n])
	}
	h.serve(t)
	return nil
}

// reduceChain is reduceHall of long vectors.
func (x *call) reduceChain(h *hall, send, result []byte, to int) error {
	chunk := x.chunk(h, len(send))
	count, last := chunks(len(send), chunk), len(h.ranks)-1
	first := h.stages(count)
	wants := to == everyone || to == h.me
	in, out := 0, 0 // chunks that this rank has combined, and read or not wanted
	for out < count {
		t := first + uint64(out)
		// What others wait for comes first.
		if in < count && in-out < buffers && (h.me == 0 || !h.isReady(last, t) || h.isReady(h.me-1, first+uint64(in))) {
			if err := x.link(h, first, in, chunk, send); err != nil {
				return err
			}
			in++
			if !wants {
				h.serve(t)
				out++
			}
			continue
		}
		if err := x.awaitReady(h, last, t); err != nil {
			return err
		}
		if err := x.checkLength(h, t, last, len(send)); err != nil {
			return err
		}
		dst := part(result, out, chunk)
		copy(dst, h.buffer(t)[:len(dst)])
		h.serve(t)
		out++
	}
	return nil
}

// link is this rank's part of chunk k in the chain.
func (x *call) link(h *hall, first uint64, k, chunk int, send []byte) error {
	t := first + uint64(k)
	mine := part(send, k, chunk)
	sum := h.buffer(t)[:len(mine)]
	if h.me == 0 {
		if err := x.free(h, t); err != nil {
			return err
		}
		copy(sum, mine)
	} else {
		if err := x.awaitReady(h, h.me-1, t); err != nil {
			return err
		}
		if err := x.checkLength(h, t, h.me-1, len(send)); err != nil {
			return err
		}
		x.fold(sum, sum, mine)
	}
	h.ticket(t, h.me).n = uint64(len(send))
	h.ready(t)
	if k == 0 && h.come(t) { // some may have taken the vector for a short one
		return x.checkLengths(h, t, len(send))
	}
	return nil
}

// checkLengths is checkLength for all ranks, which have come.
func (x *call) checkLengths(h *hall, t uint64, n int) error {
	for i := range h.ranks {
		if err := x.checkLength(h, t, i, n); err != nil {
			return err
		}
	}
	return nil
}

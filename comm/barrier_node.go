package comm

// Barrier of nodes.
//
// Idea: the ranks of a node count themselves in a word that they share, and the last
// one opens the gate, another word, at which the others look or sleep: one call wakes
// them all. Of several nodes the leader waits for its node's ranks, takes part in a
// barrier of the leaders, and then opens its gate.
//
// Steps: none within a node; those of the leaders' barrier. Messages and bytes: the
// leaders' barrier's.
// Restrictions: the ranks of every node have memory in common; otherwise they go by
// messages.
// Source: J. M. Mellor-Crummey, M. L. Scott, Algorithms for scalable synchronization on
// shared-memory multiprocessors, ACM TOCS 9(1), 1991, doi:10.1145/103727.103729,
// section 3.1, the centralized barrier; Open MPI's coll/sm and MPICH's release-gather
// do the same with trees.
func barrierNode(x *call, l *placement) error {
	h := l.hall
	n := uint32(len(h.ranks))
	if l.across == nil && len(l.leaders) == 1 {
		h.barriers++
		if h.count(&h.head.arrived, n*h.barriers) {
			h.set(&h.head.gate, h.barriers)
			return nil
		}
		return x.await(h, &h.head.gate, h.barriers, -1, false)
	}
	if n == 1 {
		return Barrier(x.ctx, l.across)
	}
	h.barriers++
	h.count(&h.head.arrived, n*h.barriers)
	if l.me > 0 {
		return x.await(h, &h.head.gate, h.barriers, -1, false)
	}
	if err := x.await(h, &h.head.arrived, n*h.barriers, -1, false); err != nil {
		return err
	}
	if err := Barrier(x.ctx, l.across); err != nil {
		return err
	}
	h.set(&h.head.gate, h.barriers)
	return nil
}

// nodeCost is the cost of a collective on one node that goes by its shared memory.
func nodeCost(Workload) Cost { return Cost{} }

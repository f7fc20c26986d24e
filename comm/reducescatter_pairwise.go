package comm

// Pairwise reduce-scatter.
//
// Idea: in step i every rank sends the rank i after it that rank's block, from
// where it lies, and combines its own block with what the rank i before it has
// for it. So the lower ranks' blocks come first, the nearest first, and then the
// upper ranks', the last first: combined from the left, each group is in rank
// order.
//
// Steps: p-1, of one block. Messages: p (p-1). Bytes: (p-1) times the vector.
// Restrictions: a rank talks to all others; chosen for at most 33.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521, section 4.4; MPICH's choice for long vectors.
func reduceScatterPairwise(x *call) error {
	p, me := x.c.size, x.c.rank
	n := len(x.recv)
	copyUnlessAlias(x.recv, x.in.block(x.send, me))
	theirs, upper := x.temporary(n), x.temporary(n)
	for i := 1; i < p; i++ {
		to, from := (me+i)%p, (me+p-i)%p
		x.irecv(from, theirs)
		x.isend(to, x.in.block(x.send, to))
		if err := x.wait(); err != nil {
			return err
		}
		switch {
		case from < me:
			x.fold(x.recv, theirs, x.recv)
		case from == p-1:
			copy(upper, theirs)
		default:
			x.fold(upper, theirs, upper)
		}
	}
	if me < p-1 {
		x.fold(x.recv, x.recv, upper)
	}
	return nil
}

func reduceScatterPairwiseCost(w Workload) Cost { return allgatherRingCost(w) }

package comm

// Pairwise all-to-all.
//
// Idea: in step i every rank sends to the rank i after it and receives from the
// rank i before it, so that no rank is the target of two; blocks go straight
// from place to place.
//
// Steps: p-1, of one block. Messages: p (p-1). Bytes: p (p-1) n.
// Restrictions: a rank talks to all others; alltoall chooses it for at most 33.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521, section 4.3; MPICH's and Open MPI's choice for
// long blocks.
func alltoallPairwise(x *call) error {
	p, me := x.c.size, x.c.rank
	copy(x.out.block(x.recv, me), x.in.block(x.send, me))
	for i := 1; i < p; i++ {
		to, from := (me+i)%p, (me+p-i)%p
		x.irecv(from, x.out.block(x.recv, from))
		x.isend(to, x.in.block(x.send, to))
		if err := x.wait(); err != nil {
			return err
		}
	}
	return nil
}

func alltoallPairwiseCost(w Workload) Cost { return allgatherRingCost(w) }

package comm

// Ring allgather.
//
// Idea: the ranks stand in a ring; in each step every rank passes to the one
// before it the block that it has got last, and gets another from the one after
// it, straight into place.
//
// Steps: p-1, of one block. Messages: p (p-1). Bytes: p (p-1) n.
// Restrictions: none.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521, section 4.1; MPICH's choice for long results.
func allgatherRing(x *call) error {
	p, me := x.c.size, x.c.rank
	copyUnlessAlias(x.out.block(x.recv, me), x.send)
	for i := range p - 1 {
		x.irecv((me+1)%p, x.out.block(x.recv, (me+i+1)%p))
		x.isend((me+p-1)%p, x.out.block(x.recv, (me+i)%p))
		if err := x.wait(); err != nil {
			return err
		}
	}
	return nil
}

func allgatherRingCost(w Workload) Cost {
	p := w.Ranks
	return Cost{Steps: p - 1, Messages: p * (p - 1), Bytes: p * (p - 1) * w.Count * w.Size}
}

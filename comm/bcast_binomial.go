package comm

// Binomial tree broadcast.
//
// Idea: the ranks that have the message double in each step: each sends it whole
// to one that does not, the one with the largest subtree first.
//
// Steps: ceil(log2 p), of the whole message. Messages: p-1. Bytes: (p-1) n.
// Restrictions: none.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521, section 4.2; MPICH's choice for short messages.
func bcastBinomial(x *call) error {
	v := x.relative(x.c.rank)
	if v != 0 {
		if err := x.waitFor(x.irecv(x.absolute(binomialParent(v)), x.recv)); err != nil {
			return err
		}
	}
	binomialChildren(v, x.c.size, func(child, _ int) { x.isend(x.absolute(child), x.recv) })
	return x.wait()
}

func bcastBinomialCost(w Workload) Cost {
	if w.Count == 0 {
		return bcastCost(w, Cost{})
	}
	return bcastCost(w, Cost{
		Steps:    ceilLog2(w.Ranks),
		Messages: w.Ranks - 1,
		Bytes:    (w.Ranks - 1) * w.Count * w.Size,
	})
}

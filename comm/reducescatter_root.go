package comm

// Reduce-scatter through rank 0.
//
// Idea: a binomial reduction to rank 0, whose tree keeps the ranks in order, and
// a binomial scatter from it.
//
// Steps: 2 ceil(log2 p). Messages: 2 (p-1). Bytes: (p-1) times the vector, and
// each block once for every edge on its way from rank 0.
// Restrictions: none.
// Source: MPICH's first reduce-scatter, described by R. Thakur, R. Rabenseifner,
// W. Gropp, Optimization of collective communication operations in MPICH, IJHPCA
// 19(1), 2005, doi:10.1177/1094342005051521, section 4.4.
func reduceScatterRoot(x *call) error {
	x.root = 0
	var sum []byte
	if x.c.rank == x.root {
		sum = x.temporary(len(x.send))
	}
	if err := reduceTree(x, x.root, sum); err != nil {
		return err
	}
	x.send = sum
	return scatterBinomial(x)
}

func reduceScatterRootCost(w Workload) Cost {
	down := scatterBinomialCost(w)
	w.Count *= w.Ranks
	up := reduceBinomialCost(w)
	return Cost{Steps: up.Steps + down.Steps, Messages: up.Messages + down.Messages, Bytes: up.Bytes + down.Bytes}
}

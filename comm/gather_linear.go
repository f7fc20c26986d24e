package comm

// Linear gather.
//
// Idea: every rank sends its block to the root, which has posted all receives at
// once, each into its place: nothing is copied or passed on.
//
// Steps: p-1 (the root receives one block after the other). Messages: p-1.
// Bytes: the blocks of all ranks but the root.
// Restrictions: the root talks to all ranks; chosen for at most 33.
// Source: the definition of MPI_Gather (MPI 4.1, section 6.5); Open MPI's
// "basic_linear".
func gatherLinear(x *call) error {
	if x.c.rank != x.root {
		x.isend(x.root, x.send)
		return x.wait()
	}
	for r := range x.c.size {
		if r != x.root {
			x.irecv(r, x.out.block(x.recv, r))
		}
	}
	copyUnlessAlias(x.out.block(x.recv, x.root), x.send)
	return x.wait()
}

func gatherLinearCost(w Workload) Cost {
	return Cost{Steps: w.Ranks - 1, Messages: w.Ranks - 1, Bytes: (w.Ranks - 1) * w.Count * w.Size}
}

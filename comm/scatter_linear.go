package comm

// Linear scatter.
//
// Idea: the root sends every rank its block from where it lies; nothing is
// copied or passed on.
//
// Steps: p-1 (the root sends one block after the other). Messages: p-1. Bytes:
// the blocks of all ranks but the root.
// Restrictions: the root talks to all ranks; chosen for at most 33.
// Source: the definition of MPI_Scatter (MPI 4.1, section 6.6); Open MPI's
// "basic_linear".
func scatterLinear(x *call) error {
	if x.c.rank != x.root {
		x.irecv(x.root, x.recv)
		return x.wait()
	}
	for v := 1; v < x.c.size; v++ { // the root's neighbour first, whatever the root
		r := x.absolute(v)
		x.isend(r, x.in.block(x.send, r))
	}
	copyUnlessAlias(x.recv, x.in.block(x.send, x.root))
	return x.wait()
}

func scatterLinearCost(w Workload) Cost { return gatherLinearCost(w) }

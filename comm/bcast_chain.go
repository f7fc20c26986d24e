package comm

// Pipelined chain broadcast.
//
// Idea: the ranks stand in a line behind the root; each passes every segment on
// to the next while it receives the one after it. Every link carries the message
// once, so for long messages the time is that of one transfer.
//
// Steps: p-2+s, of one segment, of which there are s (see bestSegment). Messages: (p-1) s.
// Bytes: (p-1) n.
// Restrictions: none.
// Source: J. Pjesivac-Grbovic et al., Performance analysis of MPI collective
// operations, Cluster Computing 10, 2007, doi:10.1007/s10586-007-0012-0; Open
// MPI's "pipeline" (coll/base, chain with a fan-out of 1).
func bcastChain(x *call) error {
	v := x.relative(x.c.rank)
	parent := -1
	if v > 0 {
		parent = x.absolute(v - 1)
	}
	var children []int
	if v+1 < x.c.size {
		children = []int{x.absolute(v + 1)}
	}
	return x.pipeline(parent, children, bcastChainSegment(x.c.size, len(x.recv), x.c.tuning.segment))
}

func bcastChainCost(w Workload) Cost { return pipelineCost(w, bcastChainSegment, bcastChainSteps) }

// bcastChainSegment is the length of a segment.
func bcastChainSegment(p, n, least int) int { return bestSegment(n, p-2, least) }

// bcastChainSteps is the number of steps for s segments.
func bcastChainSteps(p, s int) int {
	if p == 1 {
		return 0
	}
	return p - 2 + s
}

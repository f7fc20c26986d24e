package comm

// Pipelined binary tree broadcast.
//
// Idea: as the chain, but a rank passes each segment on to two: the pipeline
// fills in a time logarithmic in p, at the price of sending everything twice.
//
// Steps: at most 2 floor(log2 p) + 2 (s-1), of one segment, of which
// there are s (see bestSegment). Messages: (p-1) s. Bytes: (p-1) n.
// Restrictions: none.
// Source: J. Pjesivac-Grbovic et al., Performance analysis of MPI collective
// operations, Cluster Computing 10, 2007, doi:10.1007/s10586-007-0012-0; Open
// MPI's "bintree" (coll/base).
func bcastTree(x *call) error {
	v := x.relative(x.c.rank)
	parent := -1
	if v > 0 {
		parent = x.absolute((v - 1) / 2)
	}
	var children []int
	for child := 2*v + 1; child <= 2*v+2 && child < x.c.size; child++ {
		children = append(children, x.absolute(child))
	}
	return x.pipeline(parent, children, bcastTreeSegment(x.c.size, len(x.recv), x.c.tuning.segment))
}

func bcastTreeCost(w Workload) Cost { return pipelineCost(w, bcastTreeSegment, bcastTreeSteps) }

// bcastTreeSegment is the length of a segment. Twice (floor(log2 p) - 1 + s)
// steps are fastest with the same s as once.
func bcastTreeSegment(p, n, least int) int { return bestSegment(n, ceilLog2(p+1)-2, least) }

// bcastTreeSteps bounds the number of steps for s segments.
func bcastTreeSteps(p, s int) int {
	if p <= 2 {
		return (p - 1) * s
	}
	return 2*(ceilLog2(p+1)-1) + 2*(s-1)
}

package comm

// window is how many segments of a pipeline a rank has under way with a
// neighbour: enough to cover the time between asking for one and having it.
const window = 8

// pipeline passes x.recv from parent (-1 at the root) to children, segment by
// segment: each goes on as soon as it has come.
func (x *call) pipeline(parent int, children []int) error {
	p, size := x.recv, x.c.tuning.segment
	count := segments(len(p), size)
	segment := func(i int) []byte { return p[i*size : min(len(p), (i+1)*size)] }
	var in [window]int
	out := make([][window]int, len(children))
	posted := 0
	for i := range count {
		if parent >= 0 {
			for ; posted < min(count, i+window); posted++ {
				in[posted%window] = x.irecv(parent, segment(posted))
			}
			if err := x.waitFor(in[i%window]); err != nil {
				return err
			}
		}
		for c, child := range children {
			if i >= window {
				if err := x.waitFor(out[c][i%window]); err != nil {
					return err
				}
			}
			out[c][i%window] = x.isend(child, segment(i))
		}
	}
	return x.wait()
}

// pipelineCost is the cost of a pipelined broadcast that takes steps.
func pipelineCost(w Workload, steps func(p, s int) int) Cost {
	n := w.Count * w.Size
	if n == 0 {
		return bcastCost(w, Cost{})
	}
	s := segments(n, w.Segment)
	return bcastCost(w, Cost{Steps: steps(w.Ranks, s), Messages: (w.Ranks - 1) * s, Bytes: (w.Ranks - 1) * n})
}

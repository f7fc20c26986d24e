package comm

import "math"

// window is how many segments of a pipeline a rank has under way with a
// neighbour: enough to cover the time between asking for one and having it.
const window = 8

// segments is the number of segments of a message of n bytes.
func segments(n, segment int) int { return ceilDiv(n, segment) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// bestSegment is the length in bytes of a segment for which a pipeline that
// takes fill steps longer than it has segments is fastest, where a message costs
// as much as least bytes, and at least that: of f + s steps of least + n/s bytes,
// the time is least for s = sqrt(f n / least).
func bestSegment(n, fill, least int) int {
	s := int(math.Sqrt(float64(max(0, fill)) * (float64(n) / float64(least))))
	return max(least, ceilDiv(n, max(1, s)))
}

// pipeline passes x.recv from parent (-1 at the root) to children, segment by
// segment: each goes on as soon as it has come.
func (x *call) pipeline(parent int, children []int, size int) error {
	p := x.recv
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

// pipelineCost is the cost of a pipelined broadcast, given its segment and steps.
func pipelineCost(w Workload, segment func(p, n, least int) int, steps func(p, s int) int) Cost {
	n := w.Count * w.Size
	if n == 0 {
		return bcastCost(w, Cost{})
	}
	s := segments(n, segment(w.Ranks, n, w.Segment))
	return bcastCost(w, Cost{Steps: steps(w.Ranks, s), Messages: (w.Ranks - 1) * s, Bytes: (w.Ranks - 1) * n})
}

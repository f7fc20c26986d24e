package comm

// NodeRun is ranks of one node that follow one another: [First, End).
type NodeRun struct{ Node, First, End int }

// NodeRuns divides the ranks of c into runs, ascending; neighbours are of different
// nodes. Where launchers place ranks in blocks there are as many runs as nodes, so that
// whoever asks which ranks are where need not look at each. The caller does not write
// to it.
func (c *Comm) NodeRuns() []NodeRun {
	c.place.once.Do(func() {
		var runs []NodeRun
		for r := range c.size {
			if node := c.Member(r).Node; r == 0 || runs[len(runs)-1].Node != node {
				runs = append(runs, NodeRun{Node: node, First: r})
			}
			runs[len(runs)-1].End = r + 1
		}
		c.place.runs = runs
	})
	return c.place.runs
}

// Nodes counts the nodes of c's ranks.
func (c *Comm) Nodes() int { return len(c.NodeLeaders()) }

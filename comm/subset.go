package comm

import "slices"

// Subset returns the communicator of some ranks of c, numbered in the order given;
// this rank must be one of them. No message is sent, for it has c's contexts: to c
// and all subsets of it the rules hold as to one communicator. Ranks that two of
// them have in common call their collectives in one order, one at a time, and a
// message with a tag may be received through either. Where that will not do, Split.
func (c *Comm) Subset(ranks []int) (*Comm, error) {
	part := *c
	part.place = new(place)
	part.ranks, part.size, part.rank = make([]int, len(ranks)), len(ranks), slices.Index(ranks, c.rank)
	for i, r := range ranks {
		if c.outside(r) || slices.Index(ranks, r) != i {
			return nil, c.argument("subset", "rank %d is outside the communicator of %d ranks, or named twice", r, c.size)
		}
		part.ranks[i] = c.worldRank(r)
	}
	if !slices.Equal(ranks, everybody(c.size)) {
		part.native = nil // a machine's own are of all ranks of its communicator
	}
	if part.rank < 0 {
		return nil, c.argument("subset", "rank %d is not among the ranks %v", c.rank, ranks)
	}
	return &part, nil
}

// everybody are the ranks of a communicator of n.
func everybody(n int) []int {
	ranks := make([]int, n)
	for r := range ranks {
		ranks[r] = r
	}
	return ranks
}

// NodeRanks are the ranks of c on this rank's node, in ascending order: those of
// the same Member.Node. The first is the node's leader.
func (c *Comm) NodeRanks() []int { return c.NodeRanksOf(c.rank) }

// NodeRanksOf are the ranks of c on rank r's node. r must be in [0, Size).
func (c *Comm) NodeRanksOf(r int) []int {
	var ranks []int
	mine := c.Member(r).Node
	for _, run := range c.NodeRuns() {
		for r := run.First; r < run.End && run.Node == mine; r++ {
			ranks = append(ranks, r)
		}
	}
	return ranks
}

// NodeLeaders are the first ranks of all nodes, in ascending order.
func (c *Comm) NodeLeaders() []int {
	var leaders []int
	seen := map[int]bool{}
	for _, run := range c.NodeRuns() {
		if !seen[run.Node] {
			seen[run.Node] = true
			leaders = append(leaders, run.First)
		}
	}
	return leaders
}

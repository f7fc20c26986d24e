package comm

import "slices"

// placement is how a communicator's ranks lie on nodes, and what was agreed about
// them: whether collectives go node level first.
type placement struct {
	mine    []int // the ranks of this node, ascending; the first leads it
	me      int   // this rank's index among them
	leaders []int // the ranks that lead the nodes, ascending
	company bool  // some node has several ranks
	inOrder bool  // the ranks of every node follow one another

	agreed bool
	hall   *hall // where the node's ranks meet; nil: messages carry collectives
	across *Comm // of the leaders, on a leader of several
}

// newPlacement is that of c's ranks.
func (c *Comm) newPlacement() *placement {
	l := &placement{mine: c.NodeRanks(), leaders: c.NodeLeaders()}
	l.me = slices.Index(l.mine, c.rank)
	l.company = len(l.leaders) < c.size
	l.inOrder = len(c.NodeRuns()) == len(l.leaders)
	return l
}

// nodes is where collectives of a communicator, and of its subsets, find their nodes.
// It is made with a context and used by one collective at a time.
type nodes struct{ halls []*hall }

// of is the hall of these world ranks, of which this rank is number me.
func (n *nodes) of(ranks []int, me int) *hall {
	for _, h := range n.halls {
		if slices.Equal(h.ranks, ranks) {
			return h
		}
	}
	h := &hall{ranks: ranks, me: me, state: unknown}
	n.halls = append(n.halls, h)
	return h
}

// company tells whether some node has several ranks of c.
func (c *Comm) company() bool {
	if c.place.l == nil {
		c.place.l = c.newPlacement()
	}
	return c.place.l.company
}

// meet is collective at a communicator's first collective that can use a hall: the
// ranks agree whether every node's can meet. It returns nil where they cannot.
//
// Steps: 3 traversals, of the binomial trees within nodes and of that of their
// leaders.
func (x *call) meet() (*placement, error) {
	c := x.c
	if !c.company() {
		return nil, nil
	}
	l := c.place.l
	if l.agreed {
		if l.hall == nil {
			return nil, nil
		}
		return l, nil
	}
	ranks := make([]int, len(l.mine))
	for i, r := range l.mine {
		ranks[i] = c.worldRank(r)
	}
	h := c.nodes.of(ranks, l.me)
	if h.state == unknown {
		if err := x.open(h, l); err != nil {
			return nil, err
		}
	}
	// A vote a node, and one of all.
	vote := [2]byte{byte(h.state), byte(h.state)}
	if err := x.least(l.mine, l.me, vote[:]); err != nil {
		return nil, err
	}
	if l.me == 0 && len(l.leaders) > 1 {
		at := slices.Index(l.leaders, c.rank)
		if err := x.least(l.leaders, at, vote[1:]); err != nil {
			return nil, err
		}
		if err := x.down(l.leaders, at, vote[1:]); err != nil {
			return nil, err
		}
		across, err := c.Subset(l.leaders)
		if err != nil {
			return nil, err
		}
		l.across = across
	}
	if err := x.down(l.mine, l.me, vote[:]); err != nil {
		return nil, err
	}
	h.settle(hallState(vote[0]))
	l.agreed = true
	if hallState(vote[1]) == closedHall {
		return nil, nil
	}
	l.hall = h
	return l, nil
}

// least has, at the first of ranks, every byte of vote be the least of all ranks'.
func (x *call) least(ranks []int, me int, vote []byte) error {
	var theirs [][]byte
	binomialChildren(me, len(ranks), func(child, _ int) {
		theirs = append(theirs, make([]byte, len(vote)))
		x.irecv(ranks[child], theirs[len(theirs)-1])
	})
	if err := x.wait(); err != nil {
		return err
	}
	for _, v := range theirs {
		for i := range vote {
			vote[i] = min(vote[i], v[i])
		}
	}
	if me > 0 {
		x.isend(ranks[binomialParent(me)], vote)
	}
	return x.wait()
}

// down gives all ranks the first one's p.
func (x *call) down(ranks []int, me int, p []byte) error {
	if me > 0 {
		if err := x.waitFor(x.irecv(ranks[binomialParent(me)], p)); err != nil {
			return err
		}
	}
	binomialChildren(me, len(ranks), func(child, _ int) { x.isend(ranks[child], p) })
	return x.wait()
}

// nodeFirst makes an algorithm of one that begins and ends within nodes. Where the
// ranks of some node cannot meet, what would have been chosen otherwise runs.
func nodeFirst(algorithm func(*call, *placement) error) func(*call) error {
	return func(x *call) error {
		l, err := x.meet()
		if err != nil {
			return err
		}
		if l == nil || l.hall == nil {
			return x.otherwise(x)
		}
		if err := x.enter(l.hall); err != nil {
			return err
		}
		if err := algorithm(x, l); err != nil {
			return err
		}
		x.done()
		return nil
	}
}

package comm

import (
	"context"

	"numcomp/comm/transport"
)

// Bcast gives every rank the root's p. All ranks pass a p of the same length and
// the same root.
func Bcast[T Element](ctx context.Context, c *Comm, p []T, root int) error {
	return c.bcast(ctx, bytesOf(p), root)
}

func (c *Comm) bcast(ctx context.Context, p []byte, root int) error {
	if err := c.checkRoot(bcast, root); err != nil {
		return err
	}
	if m := c.machine(bcast); m != nil {
		if done, err := m.Run(ctx, transport.Collective{Kind: transport.Bcast, Root: root, Recv: p}); done || err != nil {
			return c.carried(bcast, err)
		}
	}
	x := c.newCall(ctx, bcast)
	x.root, x.recv = root, p
	return x.run(x.chooseNode(bcastNode, bcastByMessages))
}

// bcastByMessages is what is chosen where no ranks share memory.
func bcastByMessages(x *call) error {
	return announcing(bcastChosen(x.c.size, len(x.recv), x.c.tuning.segment))(x)
}

// announcing is a broadcast algorithm after the announcement of a length that needs it.
func announcing(algorithm func(*call) error) func(*call) error {
	return func(x *call) error {
		n := len(x.recv)
		if announced(n, x.c.tuning.segment) {
			if err := bcastAnnounce(x); err != nil || n == 0 {
				return err
			}
		}
		return algorithm(x)
	}
}

// bcastChosen chooses by time, in the model of Hockney and of the papers that the
// algorithms cite: a step that moves b bytes takes as long as moving segment + b
// would without the cost of a message. Up to one segment the ranks do not know
// that they agree on the length, so there is no choice but the tree.
func bcastChosen(p, n, segment int) func(*call) error {
	if n <= segment {
		return bcastBinomial
	}
	time := func(steps, b int) int { return steps * (segment + b) }
	chainSegment, treeSegment := bcastChainSegment(p, n, segment), bcastTreeSegment(p, n, segment)
	whole := time(ceilLog2(p), n)
	chain := time(bcastChainSteps(p, segments(n, chainSegment)), chainSegment)
	tree := time(bcastTreeSteps(p, segments(n, treeSegment)), treeSegment)
	switch {
	case whole <= chain && whole <= tree:
		return bcastBinomial
	case chain <= tree:
		return bcastChain
	}
	return bcastTree
}

// bcastAnnounce tells every rank the length, down the binomial tree. Sending it
// is not waited for: the data follows at once.
func bcastAnnounce(x *call) error {
	v, n := x.relative(x.c.rank), len(x.recv)
	if v != 0 {
		if err := x.expect(x.absolute(binomialParent(v)), n)(); err != nil {
			return err
		}
	}
	binomialChildren(v, x.c.size, func(child, _ int) { x.announce(x.absolute(child), n) })
	return nil
}

// bcastCost adds to an algorithm's cost that of the announcement.
func bcastCost(w Workload, c Cost) Cost {
	if announced(w.Count*w.Size, w.Segment) {
		c.Steps += 2 * ceilLog2(w.Ranks)
		c.Messages += 2 * (w.Ranks - 1)
		c.Bytes += 8 * (w.Ranks - 1)
	}
	return c
}

// checkRoot is the error of a root outside the communicator, or nil.
func (c *Comm) checkRoot(k collective, root int) error {
	if c.outside(root) {
		return c.argument(k.String(), "root %d is outside the communicator of %d ranks", root, c.size)
	}
	return nil
}

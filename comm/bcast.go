package comm

import "context"

// Bcast gives every rank the root's p. All ranks pass a p of the same length and
// the same root.
func Bcast[T Element](ctx context.Context, c *Comm, p []T, root int) error {
	return c.bcast(ctx, bytesOf(p), root)
}

func (c *Comm) bcast(ctx context.Context, p []byte, root int) error {
	if err := c.checkRoot(bcast, root); err != nil {
		return err
	}
	x := c.newCall(ctx, bcast)
	x.root, x.recv = root, p
	return x.run(func(x *call) error {
		if announced(len(p), c.tuning.segment) {
			if err := bcastAnnounce(x); err != nil || len(p) == 0 {
				return err
			}
		}
		return x.choose(bcastChosen(c.size, len(p), c.tuning.segment))(x)
	})
}

// bcastChosen chooses by the number of steps, each the time of one segment on
// one link: binomial takes ceil(log2 p) of the whole message, the chain p-2 to
// fill and then one a segment, the binary tree 2 floor(log2 p) to fill and then
// two a segment. One segment goes by the binomial tree, and so does anything
// between two ranks, where all are the same but for the cutting up.
func bcastChosen(p, n, segment int) func(*call) error {
	s := segments(n, segment)
	if s <= 1 || p <= 2 {
		return bcastBinomial
	}
	whole, chain, tree := ceilLog2(p)*s, bcastChainSteps(p, s), bcastTreeSteps(p, s)
	switch {
	case chain <= tree && chain <= whole:
		return bcastChain
	case tree <= whole:
		return bcastTree
	}
	return bcastBinomial
}

// segments is the number of segments of a message of n bytes.
func segments(n, segment int) int { return (n + segment - 1) / segment }

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

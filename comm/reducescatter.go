package comm

import "context"

// ReduceScatter combines every rank's send, element by element, and gives rank r
// the r-th block of the result, of counts[r] elements: send has the sum of
// counts, recv has counts[r]. All ranks pass the same counts.
//
// recv may be this rank's own block of send, whose other blocks stay as they
// are.
func ReduceScatter[T Element](ctx context.Context, c *Comm, send, recv []T, counts []int, op Op[T]) error {
	x := c.newCall(ctx, reduceScatter)
	if err := newReduction(c, x, op); err != nil {
		return err
	}
	if err := checkVaried(counts, nil, c.size, len(send), false); err != nil {
		return c.argument(reduceScatter.String(), "send: %w", err)
	}
	x.send, x.recv, x.in = bytesOf(send), bytesOf(recv), varied(counts, nil, x.size)
	if sum := x.in.at(c.size-1) + x.in.count(c.size-1); sum != len(x.send) {
		return c.argument(reduceScatter.String(), "send has %d elements, the counts' sum is %d", len(send), sum/x.size)
	}
	if err := c.checkOwn(reduceScatter, x.in.block(x.send, c.rank), x.send, x.recv); err != nil {
		return err
	}
	return x.run(x.choose(x.reduceScatterChosen()))
}

// reduceScatterChosen: pairwise moves each block once and keeps any operation in
// order, but a rank talks to all others; for more ranks halving has log2 p
// peers, and what does not commute goes through rank 0.
func (x *call) reduceScatterChosen() func(*call) error {
	switch {
	case x.c.size <= x.c.tuning.linear:
		return reduceScatterPairwise
	case x.commutes:
		return reduceScatterHalving
	}
	return reduceScatterRoot
}

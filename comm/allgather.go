package comm

import "context"

// Allgather is Gather with the result at every rank: recv has p times the length
// of send.
//
// send may be its own block of recv.
func Allgather[T Element](ctx context.Context, c *Comm, send, recv []T) error {
	x := c.newCall(ctx, allgather)
	x.send, x.recv, x.out = bytesOf(send), bytesOf(recv), equal(len(send)*sizeOf[T]())
	if err := c.checkWhole(allgather, "recv", len(x.recv), len(x.send), sizeOf[T]()); err != nil {
		return err
	}
	if err := c.checkOwn(allgather, x.out.block(x.recv, c.rank), x.recv, x.send); err != nil {
		return err
	}
	return x.run(x.chooseNode(allgatherNode, x.allgatherChosen(len(x.recv))))
}

// Allgatherv is Gatherv with the result at every rank. All ranks pass the same
// counts; displs, which may differ, says where rank r's block begins in this
// rank's recv, nil: one after the other. Blocks must not overlap.
//
// send may be its own block of recv.
func Allgatherv[T Element](ctx context.Context, c *Comm, send, recv []T, counts, displs []int) error {
	if err := checkVaried(counts, displs, c.size, len(recv), true); err != nil {
		return c.argument(allgatherv.String(), "recv: %w", err)
	}
	x := c.newCall(ctx, allgatherv)
	x.send, x.recv, x.out = bytesOf(send), bytesOf(recv), varied(counts, displs, sizeOf[T]())
	if err := c.checkOwn(allgatherv, x.out.block(x.recv, c.rank), x.recv, x.send); err != nil {
		return err
	}
	total := 0
	for _, n := range x.out.counts {
		total += n
	}
	return x.run(x.chooseNode(allgatherNode, x.allgatherChosen(total)))
}

// allgatherChosen: Bruck's algorithm has the fewest steps, the ring copies
// nothing and talks to neighbours only. In both, a rank's first message is its
// own block to the rank before it, so ranks that chose differently because their
// lengths differ find out.
func (x *call) allgatherChosen(total int) func(*call) error {
	if total <= x.c.tuning.allgatherShort {
		return allgatherBruck
	}
	return allgatherRing
}

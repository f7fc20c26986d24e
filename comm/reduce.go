package comm

import "context"

// Reduce combines every rank's send, element by element, into the root's recv:
// recv[i] is send[i] of rank 0 op send[i] of rank 1 op ..., in rank order if op
// does not commute. All ranks pass a send of the same length; recv has it at the
// root and is ignored elsewhere.
//
// At the root, send and recv may be the same slice.
func Reduce[T Element](ctx context.Context, c *Comm, send, recv []T, op Op[T], root int) error {
	if err := c.checkRoot(reduce, root); err != nil {
		return err
	}
	x := c.newCall(ctx, reduce)
	x.root, x.send = root, bytesOf(send)
	if err := newReduction(c, x, op); err != nil {
		return err
	}
	if c.rank == root {
		x.recv = bytesOf(recv)
		if err := c.checkVectors(reduce, x.send, x.recv, x.size); err != nil {
			return err
		}
	}
	return x.run(x.chooseNode(reduceNode, reduceBinomial))
}

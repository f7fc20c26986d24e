package comm

import "context"

// Scatter gives every rank its block of the root's send, in rank order: send at
// the root has p times the length of recv. send is ignored elsewhere. All ranks
// pass a recv of the same length.
//
// At the root, recv may be its own block of send.
func Scatter[T Element](ctx context.Context, c *Comm, send, recv []T, root int) error {
	return c.scatter(ctx, bytesOf(send), bytesOf(recv), root, sizeOf[T]())
}

func (c *Comm) scatter(ctx context.Context, send, recv []byte, root, size int) error {
	if err := c.checkRoot(scatter, root); err != nil {
		return err
	}
	x := c.newCall(ctx, scatter)
	x.root, x.recv, x.in = root, recv, equal(len(recv))
	if c.rank == root {
		if err := c.checkWhole(scatter, "send", len(send), len(recv), size); err != nil {
			return err
		}
		if err := c.checkOwn(scatter, x.in.block(send, root), send, recv); err != nil {
			return err
		}
		x.send = send
	}
	return x.run(x.chooseNode(scatterNode, x.scatterChosen()))
}

// Scatterv is Scatter with blocks of any lengths. At the root, rank r's block
// has counts[r] elements and begins at send[displs[r]]; displs nil: one after
// the other. Blocks may overlap: they are only read. counts, displs and send are
// ignored elsewhere. It is an error at a rank if its recv has another length
// than the root's count for it.
//
// At the root, recv may be its own block of send.
func Scatterv[T Element](ctx context.Context, c *Comm, send []T, counts, displs []int, recv []T, root int) error {
	return c.scatterv(ctx, bytesOf(send), counts, displs, bytesOf(recv), root, sizeOf[T]())
}

func (c *Comm) scatterv(ctx context.Context, send []byte, counts, displs []int, recv []byte, root, size int) error {
	if err := c.checkRoot(scatterv, root); err != nil {
		return err
	}
	x := c.newCall(ctx, scatterv)
	x.root, x.recv, x.varying = root, recv, true
	if c.rank == root {
		if err := checkVaried(counts, displs, c.size, len(send)/size, false); err != nil {
			return c.argument(scatterv.String(), "send: %w", err)
		}
		x.send, x.in = send, varied(counts, displs, size)
		if err := c.checkOwn(scatterv, x.in.block(send, root), send, recv); err != nil {
			return err
		}
	}
	return x.run(x.chooseNode(scatterNode, x.scatterChosen()))
}

// scatterChosen is gatherChosen, downwards.
func (x *call) scatterChosen() func(*call) error {
	if x.c.size <= x.c.tuning.linear {
		return scatterLinear
	}
	return scatterBinomial
}

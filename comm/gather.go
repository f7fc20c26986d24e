package comm

import (
	"context"

	"numcomp/comm/transport"
)

// Gather brings every rank's send to the root, in rank order: recv at the root
// has p times the length of send, and rank r's block begins at r times that. recv
// is ignored elsewhere. All ranks pass a send of the same length.
//
// At the root, send may be its own block of recv.
func Gather[T Element](ctx context.Context, c *Comm, send, recv []T, root int) error {
	return c.gather(ctx, bytesOf(send), bytesOf(recv), root, sizeOf[T]())
}

func (c *Comm) gather(ctx context.Context, send, recv []byte, root, size int) error {
	if err := c.checkRoot(gather, root); err != nil {
		return err
	}
	out := equal(len(send))
	if c.rank == root {
		if err := c.checkWhole(gather, "recv", len(recv), len(send), size); err != nil {
			return err
		}
		if err := c.checkOwn(gather, out.block(recv, root), recv, send); err != nil {
			return err
		}
	} else {
		recv = nil
	}
	if m := c.machine(gather); m != nil {
		if done, err := m.Run(ctx, transport.Collective{Kind: transport.Gather, Root: root, Send: send, Recv: recv, Out: out.blocks()}); done || err != nil {
			return c.carried(gather, err)
		}
	}
	x := c.newCall(ctx, gather)
	x.root, x.send, x.recv, x.out = root, send, recv, out
	return x.run(x.chooseNode(gatherNode, x.gatherChosen()))
}

// Gatherv is Gather with blocks of any lengths. At the root, rank r's block has
// counts[r] elements and begins at recv[displs[r]]; displs nil: one after the
// other. Blocks must not overlap; what lies between them is left alone. counts,
// displs and recv are ignored elsewhere. It is an error at the root if a rank
// sends another number of elements than counts says.
//
// At the root, send may be its own block of recv.
func Gatherv[T Element](ctx context.Context, c *Comm, send, recv []T, counts, displs []int, root int) error {
	return c.gatherv(ctx, bytesOf(send), bytesOf(recv), counts, displs, root, sizeOf[T]())
}

func (c *Comm) gatherv(ctx context.Context, send, recv []byte, counts, displs []int, root, size int) error {
	if err := c.checkRoot(gatherv, root); err != nil {
		return err
	}
	x := c.newCall(ctx, gatherv)
	x.root, x.send, x.varying = root, send, true
	if c.rank == root {
		if err := checkVaried(counts, displs, c.size, len(recv)/size, true); err != nil {
			return c.argument(gatherv.String(), "recv: %w", err)
		}
		x.recv, x.out = recv, varied(counts, displs, size)
		if err := c.checkOwn(gatherv, x.out.block(recv, root), recv, send); err != nil {
			return err
		}
	}
	return x.run(x.chooseNode(gatherNode, x.gatherChosen()))
}

// gatherChosen: one step straight into place while the root's peers are few,
// otherwise a tree. MPICH and Open MPI use the tree for short messages and the
// linear pattern for long ones; at few ranks, posting everything at once is not
// slower for short ones either.
func (x *call) gatherChosen() func(*call) error {
	if x.c.size <= x.c.tuning.linear {
		return gatherLinear
	}
	return gatherBinomial
}

// checkWhole is the error of a buffer whose length is not p blocks of n bytes.
func (c *Comm) checkWhole(k collective, name string, length, n, size int) error {
	if length%c.size != 0 || length/c.size != n {
		return c.argument(k.String(), "%s has %d elements, want %d for each of %d ranks", name, length/size, n/size, c.size)
	}
	return nil
}

// checkOwn is the error of a rank's own contribution that does not have the
// length of its block, or overlaps the whole and is not the block itself.
func (c *Comm) checkOwn(k collective, block, whole, own []byte) error {
	if len(own) != len(block) {
		return c.argument(k.String(), "%w: rank %d has %d bytes for its own block of %d", ErrLength, c.rank, len(own), len(block))
	}
	if !alias(own, block) && overlap(own, whole) {
		return c.argument(k.String(), "the buffers overlap")
	}
	return nil
}

package comm

import "context"

// Alltoall gives rank r the r-th block of every rank's send, in rank order: send
// and recv are p blocks of one length, the same at all ranks. They must not
// overlap.
func Alltoall[T Element](ctx context.Context, c *Comm, send, recv []T) error {
	if len(send) != len(recv) || len(send)%c.size != 0 {
		return c.argument(alltoall.String(), "send has %d elements, recv %d: want the same multiple of %d ranks", len(send), len(recv), c.size)
	}
	x := c.newCall(ctx, alltoall)
	x.send, x.recv = bytesOf(send), bytesOf(recv)
	x.in = equal(len(x.send) / c.size)
	x.out = x.in
	if overlap(x.send, x.recv) {
		return c.argument(alltoall.String(), "the buffers overlap")
	}
	if c.size <= c.tuning.linear {
		return x.run(x.choose(alltoallPairwise))
	}
	return x.run(x.choose(alltoallBruck))
}

// Alltoallv is Alltoall with blocks of any lengths: rank r gets the sendCounts[r]
// elements from send[sendDispls[r]] on, and what rank r sends to this rank, which
// has recvCounts[r] elements, goes to recv[recvDispls[r]]. Displacements nil: one
// block after the other. Received blocks must not overlap, nor send and recv.
//
// Every rank talks to every other, even if it has nothing for it.
func Alltoallv[T Element](ctx context.Context, c *Comm, send []T, sendCounts, sendDispls []int, recv []T, recvCounts, recvDispls []int) error {
	if err := checkVaried(sendCounts, sendDispls, c.size, len(send), false); err != nil {
		return c.argument(alltoallv.String(), "send: %w", err)
	}
	if err := checkVaried(recvCounts, recvDispls, c.size, len(recv), true); err != nil {
		return c.argument(alltoallv.String(), "recv: %w", err)
	}
	x := c.newCall(ctx, alltoallv)
	size := sizeOf[T]()
	x.send, x.recv = bytesOf(send), bytesOf(recv)
	x.in, x.out = varied(sendCounts, sendDispls, size), varied(recvCounts, recvDispls, size)
	if overlap(x.send, x.recv) {
		return c.argument(alltoallv.String(), "the buffers overlap")
	}
	if a, b := x.in.count(c.rank), x.out.count(c.rank); a != b {
		return c.argument(alltoallv.String(), "%w: rank %d sends itself %d bytes and expects %d", ErrLength, c.rank, a, b)
	}
	return x.run(x.choose(alltoallPairwise))
}

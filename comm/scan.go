package comm

import "context"

// Scan gives rank r, element by element, send of rank 0 op send of rank 1 op ...
// op send of rank r. All ranks pass a send and a recv of the same length.
//
// send and recv may be the same slice.
func Scan[T Element](ctx context.Context, c *Comm, send, recv []T, op Op[T]) error {
	return prefixes(ctx, c, scan, send, recv, op, scanDoubling)
}

// Exscan is Scan without the rank's own send: rank r gets what ranks 0 to r-1
// give. recv of rank 0 is left as it is.
//
// send and recv may be the same slice.
func Exscan[T Element](ctx context.Context, c *Comm, send, recv []T, op Op[T]) error {
	return prefixes(ctx, c, exscan, send, recv, op, exscanDoubling)
}

func prefixes[T Element](ctx context.Context, c *Comm, k collective, send, recv []T, op Op[T], chosen func(*call) error) error {
	x := c.newCall(ctx, k)
	x.send, x.recv = bytesOf(send), bytesOf(recv)
	if err := newReduction(c, x, op); err != nil {
		return err
	}
	if err := c.checkVectors(k, x.send, x.recv, x.size); err != nil {
		return err
	}
	return x.run(x.choose(chosen))
}

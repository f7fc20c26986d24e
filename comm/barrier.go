package comm

import "context"

// Barrier returns once every rank has called it.
func Barrier(ctx context.Context, c *Comm) error {
	x := c.newCall(ctx, barrier)
	if c.size > c.tuning.linear {
		return x.run(x.chooseNode(barrierNode, barrierTree))
	}
	return x.run(x.chooseNode(barrierNode, barrierDissemination))
}

package comm

import (
	"context"

	"numcomp/comm/transport"
)

// Barrier returns once every rank has called it.
func Barrier(ctx context.Context, c *Comm) error {
	if m := c.machine(barrier); m != nil {
		if done, err := m.Run(ctx, transport.Collective{Kind: transport.Barrier}); done || err != nil {
			return c.carried(barrier, err)
		}
	}
	x := c.newCall(ctx, barrier)
	if c.size > c.tuning.linear {
		return x.run(x.chooseNode(barrierNode, barrierTree))
	}
	return x.run(x.chooseNode(barrierNode, barrierDissemination))
}

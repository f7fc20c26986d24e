package comm

import (
	"cmp"
	"context"
	"math"
	"slices"

	"numcomp/comm/transport"
)

// Split is collective and divides the communicator: ranks that pass the same
// color form a new one, ordered by key and, where keys are equal, by rank. A rank
// with a negative color belongs to none and gets nil.
//
// A process must not run two Splits at the same time, even on different
// communicators.
func (c *Comm) Split(ctx context.Context, color, key int) (*Comm, error) {
	world := c.world
	world.mu.Lock()
	next := world.nextContext
	world.mu.Unlock()

	const fields = 3 // color, key, next context id
	all := make([]int64, fields*c.size)
	x := c.newCall(ctx, split)
	mine := []int64{int64(color), int64(key), int64(next)}
	x.send, x.recv, x.out = bytesOf(mine), bytesOf(all), equal(8*fields)
	tell := allgatherBruck
	if c.size > c.tuning.linear {
		tell = gatherAndBcast // by the few connections that other collectives have too
	}
	if err := x.run(tell); err != nil {
		return nil, err
	}

	// All ranks take the largest proposal: it is free at every one. Groups of
	// different colors may share it, for no message goes from one to another.
	var members []int // ranks of c with this color
	for r := range c.size {
		next = max(next, uint32(all[fields*r+2]))
		if color >= 0 && all[fields*r] == int64(color) {
			members = append(members, r)
		}
	}
	if next > math.MaxUint32-contextsPerComm {
		return nil, c.argument(split.String(), "no context id is left: %d communicators have been made", next/contextsPerComm)
	}
	world.mu.Lock()
	world.nextContext = max(world.nextContext, next+contextsPerComm)
	world.mu.Unlock()
	var native transport.Collectives
	if c.native != nil {
		var err error
		if native, err = c.native.Split(ctx, color, key); err != nil {
			return nil, &Error{Op: split.String(), Rank: c.rank, Peer: -1, Tag: -1, Err: err}
		}
	}
	if color < 0 {
		return nil, nil
	}

	slices.SortStableFunc(members, func(a, b int) int { return cmp.Compare(all[fields*a+1], all[fields*b+1]) })
	part := *c
	part.context, part.size, part.native = next, len(members), native
	part.place, part.nodes = new(place), new(nodes)
	part.rank = slices.Index(members, c.rank)
	part.ranks = make([]int, len(members))
	for i, r := range members {
		part.ranks[i] = c.worldRank(r)
	}
	return &part, nil
}

// gatherAndBcast brings all blocks, which are of one length, to every rank by way
// of rank 0.
func gatherAndBcast(x *call) error {
	if err := gatherBinomial(x); err != nil {
		return err
	}
	return bcastBinomial(x)
}

// SplitNode is collective and divides the communicator into one for each node,
// in rank order.
func (c *Comm) SplitNode(ctx context.Context) (*Comm, error) {
	return c.Split(ctx, c.Member(c.rank).Node, 0)
}

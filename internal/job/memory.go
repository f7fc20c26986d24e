package job

import (
	"numcomp/comm"
	"numcomp/internal/sysmem"
)

// checkMemory fails on the lowest rank of a node if the data of all its ranks need
// more memory than the node has, and on any rank if its own need more addresses
// than there are. Every rank knows what the others take, so none has to ask.
func checkMemory(c *comm.Comm, plan *Plan, g groups, in *Input, o Options) error {
	var node Footprint
	if mates := c.NodeRanks(); mates[0] == c.Rank() {
		for _, r := range mates {
			node = node.add(toTake(plan, g, in, r))
		}
		if err := o.fits(node); err != nil {
			return err
		}
	}
	return toTake(plan, g, in, c.Rank()).checkAddressable()
}

// toTake is what a rank will take beyond what it has already taken: what rank 0 has
// read and uses in place, which only rank 0 knows.
func toTake(plan *Plan, g groups, in *Input, rank int) Footprint {
	f := footprintOf(plan, g, rank, workers())
	if rank == 0 {
		arrays, params := plan.borrows(in, g)
		if arrays {
			f.Arrays -= product(int64(plan.arrays()), plan.arrayBytes())
		}
		if params {
			f.Params -= product(int64(plan.banks()), plan.paramsBytes())
		}
	}
	return f
}

// fits holds what a node's ranks take to what it has.
func (o Options) fits(node Footprint) error {
	available := o.hooks.available
	if available == nil {
		available = sysmem.Available
	}
	m, err := available()
	if err != nil {
		// Nothing is known, so nothing can be refused.
		return nil
	}
	need := node.Total()
	if need <= m.Bytes {
		return nil
	}
	return &MemoryError{Host: o.Host, Needed: need, Available: m.Bytes, Source: m.Source, Parts: node.String(),
		Advice: "use a smaller --size, fewer --items or a smaller --mem, or a larger --stride for smaller results"}
}

package job

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Footprint is the memory, in bytes, that a rank takes for data. It saturates at
// the largest int64.
type Footprint struct {
	// Arrays, Params and Results are the rank's share of each; of rank 0 all.
	Arrays, Params, Results int64
	// Scratch is what verification needs.
	Scratch int64
}

// Total is the sum of f's parts.
func (f Footprint) Total() int64 { return sum(f.Arrays, f.Params, f.Results, f.Scratch) }

func (f Footprint) add(g Footprint) Footprint {
	return Footprint{sum(f.Arrays, g.Arrays), sum(f.Params, g.Params), sum(f.Results, g.Results), sum(f.Scratch, g.Scratch)}
}

// String names the parts that are not empty, the largest first.
func (f Footprint) String() string {
	parts := []struct {
		name  string
		bytes int64
	}{{"arrays", f.Arrays}, {"results", f.Results}, {"parameters", f.Params}, {"verification", f.Scratch}}
	slices.SortStableFunc(parts, func(a, b struct {
		name  string
		bytes int64
	}) int {
		return cmp.Compare(b.bytes, a.bytes)
	})
	var words []string
	for _, p := range parts {
		if p.bytes > 0 {
			words = append(words, p.name+" "+FormatBytes(p.bytes))
		}
	}
	return strings.Join(words, ", ")
}

// buffers is how much of everything a rank holds for itself, in items. Rank 0 holds
// all; another rank holds what it works on; and neither what its group has in common
// instead (see commonOf).
type buffers struct {
	arrays, params, results int
	// chunk is the largest chunk of the dynamic schedule, lookahead how many
	// chunks a rank is granted ahead of the one that it computes.
	chunk, lookahead int
	// fetched is how many arrays a rank fetches at once that lie in what its group has
	// in common.
	fetched int
	// block is the largest chunk that a leader is granted for a rank of its group.
	block int
}

func buffersOf(p *Plan, g groups, rank int) buffers {
	size := g.size
	group := g.of(rank)
	var b buffers
	if p.Config.Schedule == Dynamic {
		b.chunk = maxChunk(p, size)
		// Arrays take long to travel: they are fetched while another chunk is
		// computed. A broadcast's grants are small, and what is granted ahead
		// cannot go to a rank that is free sooner.
		if p.Config.Distribution == Scatter {
			b.lookahead = 1
		}
	}
	if rank == 0 {
		b.arrays, b.params, b.results = p.arrays(), p.banks(), p.Items
		if group.company() {
			b.results = 0
			if p.arraysInCommon() {
				b.arrays = 0
			}
		}
		return b
	}
	if p.fetches(g, rank) {
		b.fetched = fetchedAtOnce(p)
		b.arrays = b.fetched
	}
	if group.company() && (group.first == 0 || p.Config.Schedule == Static) {
		return b // all else is the group's
	}
	held := 0
	if f := fanOf(g); p.Config.Schedule == Dynamic && f.leads(rank) {
		b.block = grantedChunk(p, size)
		held = int(min(product(leaderRounds, int64(f.ranks(rank)), int64(b.block)), math.MaxInt))
		b.results = held
	} else if p.Config.Schedule == Dynamic {
		held = (b.lookahead + 1) * b.chunk
		// One chunk's results are on their way while the next is computed.
		b.results = 2 * b.chunk
	} else {
		first, end := share(p.Items, rank, size)
		held = end - first
		b.results = held
	}
	b.arrays, b.params = held, held
	if p.Config.Distribution == Broadcast {
		b.arrays = 1
	}
	if p.OneParams {
		b.params = 1
	}
	if group.company() { // under the dynamic schedule, elsewhere than with rank 0
		if p.Config.Distribution == Broadcast {
			b.arrays = 0
		}
		if p.OneParams {
			b.params = 0
		}
	}
	return b
}

// footprintOf is the memory that a rank takes for data under p, when it generates
// all that rank 0 does not receive; what a group has in common is its leader's.
// workers is how many goroutines verify.
func footprintOf(p *Plan, g groups, rank, workers int) Footprint {
	b := buffersOf(p, g, rank)
	if g.of(rank).first == rank {
		s := commonOf(p, g, rank)
		b.arrays, b.params, b.results = b.arrays+s.arrays, b.params+s.params, b.results+s.results
	}
	f := Footprint{
		Arrays:  product(int64(b.arrays), p.arrayBytes()),
		Params:  product(int64(b.params), p.paramsBytes()),
		Results: product(int64(b.results), p.resultBytes()),
	}
	if rank == 0 && p.Config.Verify {
		f.Scratch = product(int64(workers), sum(p.arrayBytes(), p.paramsBytes(), product(2, p.resultBytes())))
	}
	return f
}

// footprintOfAll is the memory that all ranks take.
func footprintOfAll(p *Plan, g groups, workers int) Footprint {
	var all Footprint
	for rank := range g.size {
		all = all.add(footprintOf(p, g, rank, workers))
	}
	return all
}

// checkAddressable refuses what an int of this machine cannot index.
func (f Footprint) checkAddressable() error {
	if t := f.Total(); t > math.MaxInt {
		return fmt.Errorf("%s of data on one rank (%v): more than can be addressed", describeBytes(t), f)
	}
	return nil
}

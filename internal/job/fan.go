package job

import "math"

// flatRanks is up to which world size rank 0 grants chunks to every rank itself.
const flatRanks = 64

// fan is who grants chunks to whom under the dynamic schedule. In a small world
// rank 0 does to all. In a larger one it grants blocks of items to leaders, each
// of which grants chunks to its group: itself and the ranks behind it, up to the
// next leader. About as many groups as ranks in a group keep both ends at
// sqrt(size) connections. Groups are runs of ranks, so that where launchers put
// neighbours on one node, most of them lie in one.
//
// Ranks that have memory in common with rank 0 are granted nothing: they take items
// from the same counter.
type fan struct {
	size  int
	first int // rank that is granted to
	group int // ranks in a group; 0: no leaders
}

func fanOf(g groups) fan {
	f := fan{size: g.size, first: g.of(0).end}
	if n := g.size - f.first; n >= flatRanks {
		f.group = int(math.Ceil(math.Sqrt(float64(n))))
	}
	return f
}

// leads tells whether rank grants chunks of its blocks.
func (f fan) leads(rank int) bool {
	return f.group > 0 && rank >= f.first && (rank-f.first)%f.group == 0
}

// above is who grants to rank, which is not 0.
func (f fan) above(rank int) int {
	if f.group == 0 || f.leads(rank) {
		return 0
	}
	return rank - (rank-f.first)%f.group
}

// below are the ranks to which rank grants.
func (f fan) below(rank int) (ranks []int) {
	switch {
	case f.leads(rank):
		for r := rank + 1; r < rank+f.ranks(rank); r++ {
			ranks = append(ranks, r)
		}
	case rank == 0:
		for r := f.first; r < f.size; r += max(1, f.group) {
			ranks = append(ranks, r)
		}
	}
	return ranks
}

// ranks is how many ranks compute what is granted to rank.
func (f fan) ranks(rank int) int {
	if f.leads(rank) {
		return min(f.group, f.size-rank)
	}
	return 1
}

package job

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"numcomp/comm"
)

// groups divides the ranks of a world into runs that have memory in common. A run
// of one rank has memory of its own: all of them, where nothing can be shared. A
// run's first rank leads it.
type groups struct {
	size int
	// many are the runs of more than one rank, ascending.
	many []group
}

// group is the ranks [first, end).
type group struct{ first, end int }

// alone is the world of that size where no rank shares memory.
func alone(size int) groups { return groups{size: size} }

// of is the group of rank.
func (g groups) of(rank int) group {
	i, found := slices.BinarySearchFunc(g.many, rank, func(r group, rank int) int {
		switch {
		case rank < r.first:
			return 1
		case rank >= r.end:
			return -1
		}
		return 0
	})
	if found {
		return g.many[i]
	}
	return group{rank, rank + 1}
}

// all are all groups, ascending.
func (g groups) all() []group {
	var all []group
	for r := 0; r < g.size; {
		all = append(all, g.of(r))
		r = all[len(all)-1].end
	}
	return all
}

func (r group) ranks() []int {
	ranks := make([]int, r.end-r.first)
	for i := range ranks {
		ranks[i] = r.first + i
	}
	return ranks
}

// company tells that the group is of several ranks.
func (r group) company() bool { return r.end-r.first > 1 }

// items are those that the group's ranks own of n under the static schedule.
func (r group) items(n, size int) (first, end int) {
	return portion(n, r.first, size), portion(n, r.end, size)
}

// candidates are the nodes whose ranks may come to have memory in common: those of
// several ranks, which follow one another, so that their items do too. Every rank
// finds the same.
func candidates(c *comm.Comm) []group {
	count := map[int]int{} // runs, by node
	for _, run := range c.NodeRuns() {
		count[run.Node]++
	}
	var whole []group
	for _, run := range c.NodeRuns() {
		if g := (group{run.First, run.End}); g.company() && count[run.Node] == 1 {
			whole = append(whole, g)
		}
	}
	return whole
}

// divided is why a node's ranks have copies of their own although they may be able to
// share: they do not follow one another. nil: there is no such node.
func divided(c *comm.Comm) error {
	last := map[int]int{} // rank, by node
	for _, run := range c.NodeRuns() {
		if before, seen := last[run.Node]; seen {
			return fmt.Errorf("ranks %d and %d are on one node (host %s) and those between them are not: place ranks in blocks (srun -m block, mpirun --map-by slot)",
				before, run.First, c.Member(run.First).Host)
		}
		last[run.Node] = run.End - 1
	}
	return nil
}

// sayApart is collective: it says in res why nodes of several ranks have no memory in
// common, before any has tried.
func (res *Result) sayApart(ctx context.Context, c *comm.Comm, runs []group, votes []int64) error {
	if c.Nodes() == c.Size() {
		return nil
	}
	if res.NotShared = divided(c); res.NotShared != nil {
		res.World.NotShared = res.NotShared.Error()
		return nil
	}
	for i, run := range runs {
		if votes[i] == int64(c.Size()) {
			continue
		}
		told := tell(ctx, c, c.MayShare(run.first), int(votes[i]))
		var by *RankError
		if !errors.As(told, &by) {
			return told
		}
		res.World.NotShared = by.Err.Error()
		return nil
	}
	return nil
}

// elect are the groups of those candidates that no rank refuses. A vote is the
// lowest rank that does, or the world's size.
func elect(size int, runs []group, votes []int64) groups {
	g := groups{size: size}
	for i, r := range runs {
		if votes[i] == int64(size) {
			g.many = append(g.many, r)
		}
	}
	return g
}

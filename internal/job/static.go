package job

import (
	"context"

	"numcomp/comm"
	"numcomp/kernels"
)

// static is an iteration under the static schedule: every phase is a collective.
//
//	Bcast(what all items have in common); Scatterv(arrays); Scatterv(parameters)
//	compute
//	Gatherv(results)
//
// They are collectives of the groups' leaders (see groups): a group's ranks find
// their items in the memory that they have in common, and write their results there.
// Rank 0's own items are the first ones: its share of everything already lies in
// place.
type static[T kernels.Float] struct {
	*rank[T]
	count int // items of this rank
	// How many elements of each every group has; packed in rank order, which is
	// item order. Only on rank 0, as the collectives want it.
	arrayCounts, paramCounts, resultCounts []int
}

func newStatic[T kernels.Float](r *rank[T]) *static[T] {
	p, size := r.plan, r.c.Size()
	all := r.groups.all()
	first, end := share(p.Items, r.c.Rank(), size)
	s := &static[T]{rank: r, count: end - first}
	if !r.root() {
		return s
	}
	counts := func(s kernels.Shape) []int {
		n := make([]int, len(all))
		for i, g := range all {
			first, end := g.items(p.Items, size)
			n[i] = (end - first) * elements(s)
		}
		return n
	}
	s.resultCounts = counts(p.Result)
	if r.ownArrays() {
		s.arrayCounts = counts(p.Array)
	}
	if r.ownParams() {
		s.paramCounts = counts(p.Params)
	}
	return s
}

func (s *static[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := s.start()
	if err := s.distribute(ctx, s.scatter); err != nil {
		return ph, err
	}
	ph.distribute = watch.lap(Computing)

	if err := s.computeOwn(ctx, chunk{0, s.count}, &watch, &ph, func(int) { s.progress.add(1) }); err != nil {
		return ph, err
	}
	ph.compute += watch.lap(Gathering)

	if err := s.gather(ctx); err != nil {
		return ph, err
	}
	if s.root() {
		s.progress.add(s.plan.Items - s.count)
	}
	ph.gather = watch.lap(Elsewhere)
	return ph, nil
}

// scatter gives every leader its group's share of rank 0's data.
func (s *static[T]) scatter(ctx context.Context) error {
	arrays, params, _ := s.whole()
	if s.ownArrays() {
		if err := s.scatterOne(ctx, arrays, s.arrayCounts); err != nil {
			return err
		}
	}
	if s.ownParams() {
		return s.scatterOne(ctx, params, s.paramCounts)
	}
	return nil
}

// scatterOne leaves rank 0's share where it lies.
func (s *static[T]) scatterOne(ctx context.Context, data []T, counts []int) error {
	if s.root() {
		return comm.Scatterv(ctx, s.common.leaders, data, counts, nil, data[:counts[0]], 0)
	}
	return comm.Scatterv(ctx, s.common.leaders, nil, nil, nil, data, 0)
}

// gather gives rank 0 the results of every group.
func (s *static[T]) gather(ctx context.Context) error {
	if err := s.collect(ctx); err != nil || s.common.leaders == nil {
		return err
	}
	_, _, own := s.whole()
	if s.root() {
		return comm.Gatherv(ctx, s.common.leaders, own[:s.resultCounts[0]], own, s.resultCounts, nil, 0)
	}
	return comm.Gatherv(ctx, s.common.leaders, own, nil, nil, nil, 0)
}

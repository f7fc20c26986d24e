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
// Rank 0's own items are the first ones: its share of everything already lies in
// place.
type static[T kernels.Float] struct {
	*rank[T]
	count int // items of this rank
	// How many elements of each every rank has; packed in rank order, which is
	// item order. Only on rank 0, as the collectives want it.
	arrayCounts, paramCounts, resultCounts []int
}

func newStatic[T kernels.Float](r *rank[T]) *static[T] {
	p, size := r.plan, r.c.Size()
	first, end := share(p.Items, r.c.Rank(), size)
	s := &static[T]{rank: r, count: end - first}
	if !r.root() {
		return s
	}
	counts := func(s kernels.Shape) []int {
		n := make([]int, size)
		for i := range n {
			first, end := share(p.Items, i, size)
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
	watch := start()
	if err := s.broadcast(ctx); err != nil {
		return ph, err
	}
	if s.ownArrays() {
		if err := s.scatter(ctx, s.arrays, s.arrayCounts); err != nil {
			return ph, err
		}
	}
	if s.ownParams() {
		if err := s.scatter(ctx, s.params, s.paramCounts); err != nil {
			return ph, err
		}
	}
	ph.distribute = watch.lap()

	for i := range s.count {
		if err := s.apply(ctx, s.result(i), s.array(i), s.param(i)); err != nil {
			return ph, err
		}
		if s.root() {
			s.progress.add(1)
		}
	}
	ph.compute = watch.lap()

	all, own := []T(nil), s.results[:s.count*elements(s.plan.Result)]
	if s.root() {
		all = s.results
	}
	if err := comm.Gatherv(ctx, s.c, own, all, s.resultCounts, nil, 0); err != nil {
		return ph, err
	}
	if s.root() {
		s.progress.add(s.plan.Items - s.count)
	}
	ph.gather = watch.lap()
	return ph, nil
}

// scatter gives every rank its share of rank 0's data, where it lies already.
func (s *static[T]) scatter(ctx context.Context, data []T, counts []int) error {
	if s.root() {
		return comm.Scatterv(ctx, s.c, data, counts, nil, data[:counts[0]], 0)
	}
	return comm.Scatterv(ctx, s.c, nil, nil, nil, data, 0)
}

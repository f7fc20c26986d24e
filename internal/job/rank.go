package job

import (
	"context"
	"math"
	"time"

	"numcomp/comm"
	"numcomp/internal/mapped"
	"numcomp/kernels"
)

// rank is what one rank has for the iterations: its place in the world, the
// kernel, and memory for arrays, parameters and results. On rank 0 that is all of
// them, in item order; on another rank it is what the schedule needs there.
type rank[T kernels.Float] struct {
	c    *comm.Comm
	plan *Plan
	// here are the sizes of this rank's memory, in items.
	here                    buffers
	arrays, params, results []T
	applier[T]
	progress *progress
	activity *Activity
	// groups are who has memory in common, common what this rank has.
	groups groups
	common common[T]
	looked time.Time
	copied int64 // bytes, into what its group has in common or out of it
	// fetched is where arrays come that the rank fetches, firstFetched the index of the
	// first that is there.
	fetched      []T
	firstFetched int

	// free gives back the memory of arrays and parameters, freeResults that of
	// results; either may have nothing to do.
	free        []func()
	freeResults func()
}

func (r *rank[T]) root() bool { return r.c.Rank() == 0 }

// array, param and result are the i-th in this rank's memory. What all items have
// in common is there once.
func (r *rank[T]) array(i int) kernels.Array[T] {
	if !r.ownArrays() {
		i = 0
	}
	return cut(r.arrays, r.plan.Array, i)
}

// input is what the i-th is computed from: its array, or what was fetched of it; but
// on a rank 0 whose node has one array in common, that one, and not the original.
// Ranks that go through the same memory at the same time find it in the cache that
// they share (ADR 0020).
func (r *rank[T]) input(i int) kernels.Array[T] {
	if r.fetched != nil {
		return cut(r.fetched, r.plan.Array, i-r.firstFetched)
	}
	if m := &r.common; r.root() && m.node != nil && !r.ownArrays() {
		return cut(m.arrays, r.plan.Array, 0)
	}
	return r.array(i)
}

func (r *rank[T]) param(i int) kernels.Array[T] {
	if !r.ownParams() {
		i = 0
	}
	return cut(r.params, r.plan.Params, i)
}

func (r *rank[T]) result(i int) kernels.Array[T] { return cut(r.results, r.plan.Result, i) }

// ownArrays and ownParams tell whether every item has its own array, and its own
// parameters: then they go to who computes the item, else to every rank.
func (r *rank[T]) ownArrays() bool { return r.plan.Config.Distribution == Scatter }
func (r *rank[T]) ownParams() bool { return !r.plan.OneParams }

// compute computes the items of k into the rank's results, and tells done of each.
func (r *rank[T]) compute(ctx context.Context, k chunk, done func(item int)) error {
	for i := k.first; i < k.first+k.count; i++ {
		if err := r.apply(ctx, r.result(i), r.input(i), r.param(i)); err != nil {
			return err
		}
		done(i)
	}
	return nil
}

// broadcast distributes to the leaders what all items have in common.
func (r *rank[T]) broadcast(ctx context.Context) error {
	arrays, params, _ := r.whole()
	if !r.ownArrays() {
		if err := comm.Bcast(ctx, r.common.leaders, arrays, 0); err != nil {
			return err
		}
	}
	if !r.ownParams() && len(params) > 0 {
		return comm.Bcast(ctx, r.common.leaders, params, 0)
	}
	return nil
}

// allocate takes the rank's memory. What rank 0 has read as float64 is used where
// it is, unless scatter needs copies of it.
func (r *rank[T]) allocate(in *Input) error {
	r.here = buffersOf(r.plan, r.groups, r.c.Rank())
	if r.root() {
		r.borrow(in)
	}
	for _, m := range []struct {
		to *[]T
		n  int
	}{
		{&r.arrays, r.here.arrays * elements(r.plan.Array)},
		{&r.params, r.here.params * elements(r.plan.Params)},
	} {
		if *m.to == nil {
			data, free, err := alloc[T](m.n)
			if err != nil {
				return err
			}
			*m.to = data
			r.free = append(r.free, free)
		}
	}
	var err error
	r.results, r.freeResults, err = alloc[T](r.here.results * elements(r.plan.Result))
	r.moveIn()
	return err
}

// borrow uses rank 0's input without copying it, where that is possible.
func (r *rank[T]) borrow(in *Input) {
	arrays, params := r.plan.borrows(in, r.groups)
	if arrays {
		r.arrays, _ = any(in.Arrays.Data).([]T)
	}
	if params {
		r.params, _ = any(in.Filters.Data).([]T)
	}
}

// borrows tells which parts of the input rank 0 uses without copying them: what
// has the right element type and is neither to be sent as copies nor to lie where
// its group of g sees it.
func (p *Plan) borrows(in *Input, g groups) (arrays, params bool) {
	if in == nil || p.Config.DType != Float64 {
		return false, false
	}
	elsewhere := p.OneArray && p.Config.Distribution == Scatter || p.arraysInCommon() && g.of(0).company()
	return in.Arrays != nil && !p.Config.InPlace && !elsewhere, in.Filters != nil
}

// fill puts rank 0's arrays and parameters, read or generated, into its memory.
// It ends early, with an error, when ctx does.
func (r *rank[T]) fill(ctx context.Context, in *Input) error {
	p, cfg := r.plan, r.plan.Config
	if in == nil {
		in = &Input{}
	}
	borrowedArrays, borrowedParams := p.borrows(in, r.groups)
	if !borrowedArrays {
		err := parallel(ctx, p.arrays(), workers(), func(_, i int) {
			switch dst := r.array(i).Data; {
			case in.Arrays == nil:
				generateArray(dst, cfg.Fill, cfg.Seed, i)
			case p.OneArray:
				convert(dst, in.Arrays.Data)
			default:
				convert(dst, in.Arrays.Data[i*len(dst):])
			}
		})
		if err != nil {
			return err
		}
	}
	if !borrowedParams && len(r.params) > 0 {
		return parallel(ctx, p.banks(), workers(), func(_, i int) {
			if dst := r.param(i).Data; in.Filters == nil {
				generateParams(dst, cfg.Seed, i)
			} else {
				convert(dst, in.Filters.Data[i*len(dst):])
			}
		})
	}
	return nil
}

func convert[T kernels.Float](dst []T, src []float64) {
	for i := range dst {
		dst[i] = T(src[i])
	}
}

// poison overwrites what an iteration must not use: results, and on ranks other
// than 0 what was distributed before. What a group has in common its leader does.
func (r *rank[T]) poison() {
	m := &r.common
	used := [][]T{r.results, r.arrays, r.params}
	switch leads := m.leaders != nil; {
	case r.root() && m.node != nil && !r.plan.arraysInCommon():
		used = [][]T{m.results, m.arrays, m.params}
	case r.root() && m.node != nil && !r.plan.Config.InPlace:
		used = [][]T{m.results, m.params}
	case r.root():
		used = [][]T{r.results}
	case m.node != nil && leads:
		used = [][]T{m.results, m.arrays, m.params}
	case m.node != nil:
		used = [][]T{r.fetched}
	}
	for _, p := range used {
		for i := range p {
			p[i] = T(math.NaN())
		}
	}
}

// release gives the rank's memory back.
func (r *rank[T]) release() {
	for _, f := range r.free {
		f()
	}
	if r.freeResults != nil {
		r.freeResults()
	}
	r.free, r.freeResults = nil, nil
	if r.common.node != nil {
		r.common.node.Close()
	}
	r.common = common[T]{}
	r.arrays, r.params, r.results, r.fetched = nil, nil, nil, nil
}

// keep hands the memory of the results over to res.
func (r *rank[T]) keep(res *Result) {
	if r.common.node != nil {
		r.freeResults = r.common.node.Release(resultsPart)
	}
	switch values := any(r.results).(type) {
	case []float64:
		res.Values64 = values
	case []float32:
		res.Values32 = values
	}
	res.free, r.freeResults = r.freeResults, nil
}

func alloc[T kernels.Float](n int) ([]T, func(), error) { return mapped.Alloc[T](n) }

// phases is how long a rank was in each phase of an iteration.
type phases struct{ distribute, compute, gather time.Duration }

// stopwatch measures consecutive laps by the monotonic clock, and notes what the
// rank does in each.
type stopwatch struct {
	last time.Time
	a    *Activity
}

// start begins with what is distributed, as every iteration does.
func (r *rank[T]) start() stopwatch {
	w := stopwatch{a: r.activity}
	w.lap(Distributing)
	return w
}

// lap returns the time since the last lap, or the start; next is what begins.
func (w *stopwatch) lap(next Doing) time.Duration {
	now := time.Now()
	d := now.Sub(w.last)
	w.last = now
	w.a.enter(next, now)
	return d
}

package job

import (
	"context"
	"errors"
	"time"

	"numcomp/comm"
	"numcomp/comm/transport"
	"numcomp/kernels"
)

// Run is collective: every rank of c calls it with the same cfg, and all of them
// compute. The Result is complete on rank 0, which owns it and closes it.
//
// What fails before the first iteration on one rank fails on all, with a
// *RankError. What fails under way breaks the world: every rank returns, with an
// error of its own. If ctx ends, so does the job, with an error. A difference that
// verification finds is a *VerifyError on rank 0, beside the Result.
func Run(ctx context.Context, c *comm.Comm, cfg Config, o Options) (*Result, error) {
	plan, in, err := settle(ctx, c, cfg, o.Load)
	if err != nil {
		return nil, err
	}
	if plan.Config.DType == Float32 {
		return run[float32](ctx, c, plan, in, o)
	}
	return run[float64](ctx, c, plan, in, o)
}

// run carries out plan in T.
func run[T kernels.Float](ctx context.Context, c *comm.Comm, plan *Plan, in *Input, o Options) (*Result, error) {
	res := &Result{Plan: *plan}
	r, variant, err := prepare[T](ctx, c, plan, in, o, res)
	if err != nil {
		return nil, err
	}
	defer r.release()
	if r.root() {
		err = r.fill(ctx, in)
		r.progress = newProgress(o.Items, plan.Items)
		if err == nil && o.Started != nil {
			o.Started(res)
		}
	}
	if err == nil {
		err = r.iterations(ctx, o, res)
	}
	if err != nil {
		// Ranks that do not talk to this one would wait for it for ever.
		if b, ok := c.Transport().(transport.Breaker); ok {
			b.Break(err)
		}
		return nil, err
	}
	if !r.root() {
		return res, nil
	}
	if o.hooks.tamper != nil {
		o.hooks.tamper(r.results)
	}
	res.SHA256 = hash(r.results)
	if plan.Config.Verify {
		entry, _ := kernels.Lookup(plan.Config.Kernel)
		res.Tolerance = entry.Tolerance(variant)
		res.MaxULP, err = r.verify(ctx, variant, workers())
		res.Verified = err == nil
		var differs *VerifyError
		if err != nil && !errors.As(err, &differs) {
			return nil, err // it is not known
		}
	}
	if plan.Config.KeepResults {
		r.keep(res)
	}
	return res, err
}

// prepare is collective: the ranks agree on a kernel, see that there is memory,
// and take it. res gets World and the footprints.
func prepare[T kernels.Float](ctx context.Context, c *comm.Comm, plan *Plan, in *Input, o Options, res *Result) (*rank[T], int, error) {
	node, err := c.SplitNode(ctx)
	if err != nil {
		return nil, 0, err
	}
	leader := int64(0)
	if node.Rank() == 0 {
		leader = 1
	}
	nodes := []int64{leader}
	if err := reduceToAll(ctx, c, nodes, comm.Sum[int64]()); err != nil {
		return nil, 0, err
	}
	best := kernels.Best
	if o.hooks.variant != nil {
		best = o.hooks.variant
	}
	least := []int64{int64(best(plan.Config.Kernel))}
	if err := reduceToAll(ctx, c, least, comm.Min[int64]()); err != nil {
		return nil, 0, err
	}
	variant := int(least[0])
	entry, _ := kernels.Lookup(plan.Config.Kernel)
	res.World = World{
		Size: c.Size(), Nodes: int(nodes[0]), Launcher: o.Launcher, Engine: o.Engine,
		Kernel: entry.Name, Variant: entry.Variants[variant],
	}
	res.StartSeconds = o.Start.Seconds()

	footprint := FootprintOf(plan, c.Rank(), c.Size(), workers())
	if c.Rank() == 0 {
		res.Footprint, res.FootprintAll = footprint, FootprintOfAll(plan, c.Size(), workers())
	}
	if err := takeMemory(ctx, c, node, plan, in, footprint, o); err != nil {
		return nil, 0, err
	}
	r := &rank[T]{c: c, plan: plan, applier: applier[T]{workTime: plan.Config.WorkTime, mode: plan.Config.WorkMode}}
	r.kernel, err = kernels.New[T](plan.Config.Kernel, variant, plan.Config.Options)
	if err == nil {
		err = r.allocate(in)
	}
	if err := agree(ctx, c, err); err != nil {
		r.release()
		return nil, 0, err
	}
	return r, variant, nil
}

// takeMemory is collective: it fails on all ranks if a node has too little memory
// for the data of its ranks, or a rank too few addresses.
func takeMemory(ctx context.Context, c, node *comm.Comm, plan *Plan, in *Input, f Footprint, o Options) error {
	// What rank 0 has read and uses in place was taken before.
	if arrays, params := plan.borrows(in); c.Rank() == 0 {
		if arrays {
			f.Arrays = 0
		}
		if params {
			f.Params = 0
		}
	}
	short, err := checkMemory(ctx, node, f, o)
	if err != nil {
		return err
	}
	if short == nil {
		short = f.checkAddressable()
	}
	return agree(ctx, c, short)
}

// schedule is one rank's side of a schedule.
type schedule interface {
	// iterate runs one iteration, from distributing to gathering.
	iterate(context.Context) (phases, error)
}

func (r *rank[T]) schedule() schedule {
	f := fanOf(r.c.Size())
	switch {
	case r.plan.Config.Schedule == Static:
		return newStatic(r)
	case r.root():
		return dynamicRoot[T]{granter[T]{r, f}}
	case f.leads(r.c.Rank()):
		return dynamicLeader[T]{granter[T]{r, f}}
	}
	return dynamicPeer[T]{r, f.above(r.c.Rank())}
}

// iterations is collective: it runs them all and collects what was measured.
func (r *rank[T]) iterations(ctx context.Context, o Options, res *Result) error {
	s := r.schedule()
	var records []record
	var seconds []time.Duration
	moved := o.Moved
	if moved == nil {
		moved = func() (messages, bytes int64) { return 0, 0 }
	}
	for i := range r.plan.Config.Burns + r.plan.Config.Iterations {
		r.progress.begin(i)
		if o.hooks.poison {
			r.poison()
		}
		if err := comm.Barrier(ctx, r.c); err != nil {
			return err
		}
		began := time.Now()
		messages, bytes := moved()
		ph, err := s.iterate(ctx)
		if err != nil {
			return err
		}
		took := time.Since(began)
		messagesNow, bytesNow := moved()
		seconds = append(seconds, took)
		records = append(records, record{ph, messagesNow - messages, bytesNow - bytes})
		if r.root() && o.Iterated != nil {
			o.Iterated(Iteration{Index: i, Burn: i < r.plan.Config.Burns, Seconds: took.Seconds()})
		}
	}
	return res.collect(ctx, r.c, records, seconds)
}

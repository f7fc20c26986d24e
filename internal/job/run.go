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
	plan, in, mine, err := settle(ctx, c, cfg, o.Load)
	if err != nil {
		return nil, err
	}
	if plan.Config.DType == Float32 {
		return run[float32](ctx, c, plan, in, mine, o)
	}
	return run[float64](ctx, c, plan, in, mine, o)
}

// run carries out plan in T, unless there is a rank that cannot: mine is why.
func run[T kernels.Float](ctx context.Context, c *comm.Comm, plan *Plan, in *Input, mine error, o Options) (*Result, error) {
	res := &Result{Plan: *plan}
	r, variant, err := prepare[T](ctx, c, plan, in, mine, o, res)
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
// and take it. res gets World and the footprints. mine is why this rank cannot.
func prepare[T kernels.Float](ctx context.Context, c *comm.Comm, plan *Plan, in *Input, mine error, o Options, res *Result) (*rank[T], int, error) {
	best := kernels.Best
	if o.hooks.variant != nil {
		best = o.hooks.variant
	}
	if mine == nil {
		mine = checkMemory(c, plan, in, o)
	}
	least, err := agreeOn(ctx, c, mine, int64(best(plan.Config.Kernel)))
	if err != nil {
		return nil, 0, err
	}
	variant := int(least)
	entry, _ := kernels.Lookup(plan.Config.Kernel)
	res.World = World{
		Size: c.Size(), Nodes: nodes(c), Launcher: o.Launcher, Engine: o.Engine,
		Kernel: entry.Name, Variant: entry.Variants[variant],
	}
	res.StartSeconds = o.Start.Seconds()

	if c.Rank() == 0 {
		res.Footprint, res.FootprintAll = FootprintOf(plan, 0, c.Size(), workers()), FootprintOfAll(plan, c.Size(), workers())
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

// nodes counts the nodes of c's ranks.
func nodes(c *comm.Comm) int {
	seen := map[int]bool{}
	for r := range c.Size() {
		seen[c.Member(r).Node] = true
	}
	return len(seen)
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
		applied := r.applied
		ph, err := s.iterate(ctx)
		if err != nil {
			return err
		}
		took := time.Since(began)
		messagesNow, bytesNow := moved()
		seconds = append(seconds, took)
		records = append(records, record{ph, messagesNow - messages, bytesNow - bytes, int64(r.applied - applied)})
		if r.root() && o.Iterated != nil {
			o.Iterated(Iteration{Index: i, Burn: i < r.plan.Config.Burns, Seconds: took.Seconds()})
		}
	}
	return res.collect(ctx, r.c, records, seconds)
}

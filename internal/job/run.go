package job

import (
	"cmp"
	"context"
	"errors"
	"slices"
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
	o.Activity.turn(SettingUp)
	defer o.Activity.turn(Elsewhere)
	plan, in, mine, err := settle(ctx, c, cfg, o.reading)
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
		o.Activity.turn(Reading)
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
		var worst difference
		worst, err = r.verify(ctx, variant, workers())
		res.MaxULP, res.Tolerance = worst.ulp, worst.accepted
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
	// Nobody knows yet who shares memory: each rank judges by itself.
	runs := candidates(c)
	votes := vote(c, runs)
	if mine == nil {
		mine = checkMemory(c, plan, elect(c.Size(), runs, votes), in, o)
	}
	least, err := agreeOn(ctx, c, mine, append([]int64{int64(best(plan.Config.Kernel))}, votes...))
	if err != nil {
		return nil, 0, err
	}
	votes = least[1:]
	if err := res.sayApart(ctx, c, runs, votes); err != nil {
		return nil, 0, err
	}
	variant := int(least[0])
	entry, _ := kernels.Lookup(plan.Config.Kernel)
	res.World = World{
		Size: c.Size(), Nodes: c.Nodes(), Launcher: o.Launcher, Engine: o.Engine, Transport: o.Transport, NotShm: o.NotShm,
		NotShared: res.World.NotShared, Kernel: entry.Name, Variant: entry.Variants[variant],
	}
	res.StartSeconds = o.Start.Seconds()

	r := &rank[T]{c: c, plan: plan, activity: o.Activity, applier: applier[T]{workTime: plan.Config.WorkTime, mode: plan.Config.WorkMode}}
	r.kernel, mine = kernels.New[T](plan.Config.Kernel, variant, plan.Config.Options)
	if err := r.settleIn(ctx, runs, votes, in, mine, o, res); err != nil {
		r.release()
		return nil, 0, err
	}
	res.World.SharedNodes = len(r.groups.many)
	if c.Rank() == 0 {
		res.Footprint, res.FootprintAll = footprintOf(plan, r.groups, 0, workers()), footprintOfAll(plan, r.groups, workers())
	}
	return r, variant, nil
}

// vote tells which of runs this rank lets have memory in common, as elect wants it.
func vote(c *comm.Comm, runs []group) []int64 {
	votes := make([]int64, len(runs))
	for i, run := range runs {
		votes[i] = int64(c.Size())
		if run.first <= c.Rank() && c.Rank() < run.end && c.MayShare(run.first) != nil {
			votes[i] = int64(c.Rank())
		}
	}
	return votes
}

// settleIn is collective: the ranks take their memory, groups in common, those whose
// ranks agreed to that. A group with a rank that cannot have it is none, and all
// begin anew without it.
func (r *rank[T]) settleIn(ctx context.Context, runs []group, votes []int64, in *Input, mine error, o Options, res *Result) error {
	for {
		r.groups = elect(r.c.Size(), runs, votes)
		if err := r.checkInPlace(); err != nil {
			return &RankError{Rank: 0, Mine: r.root(), Err: err}
		}
		why, err := r.join(ctx)
		if err != nil {
			return err
		}
		if mine == nil {
			mine = r.allocate(in)
		}
		next := slices.Clone(votes)
		for i, run := range runs {
			if why != nil && run.first <= r.c.Rank() && r.c.Rank() < run.end {
				next[i] = int64(r.c.Rank())
			}
		}
		if next, err = agreeOn(ctx, r.c, mine, next); err != nil {
			return err
		}
		if slices.Equal(next, votes) {
			return nil
		}
		for i := range next {
			if next[i] != votes[i] && res.NotShared == nil {
				told := tell(ctx, r.c, why, int(next[i]))
				var by *RankError
				if !errors.As(told, &by) {
					return told
				}
				res.NotShared = by.Err
				res.World.NotShared = cmp.Or(res.World.NotShared, by.Err.Error())
			}
		}
		r.release()
		votes = next
		mine = checkMemory(r.c, r.plan, elect(r.c.Size(), runs, votes), in, o)
	}
}

// checkInPlace refuses to call in place what would be copied to every rank.
func (r *rank[T]) checkInPlace() error {
	if !r.plan.Config.InPlace || r.groups.of(0).company() || len(r.c.NodeRanksOf(0)) == 1 {
		return nil
	}
	return usage("--in-place: the ranks on rank 0's node have no memory in common in which arrays could be produced; leave out --in-place, or see what `numcomp doctor` says of shared memory")
}

// schedule is one rank's side of a schedule.
type schedule interface {
	// iterate runs one iteration, from distributing to gathering.
	iterate(context.Context) (phases, error)
}

func (r *rank[T]) schedule() schedule {
	f := fanOf(r.groups)
	switch {
	case r.plan.Config.Schedule == Static:
		return newStatic(r)
	case r.root():
		return dynamicRoot[T]{granter[T]{r, f}}
	case r.c.Rank() < f.first:
		return dynamicMate[T]{r}
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
		r.activity.turn(Beginning)
		if o.hooks.poison {
			// Ranks of a group may still read what they have in common.
			if err := comm.Barrier(ctx, r.c); err != nil {
				return err
			}
			r.poison()
		}
		if err := comm.Barrier(ctx, r.c); err != nil {
			return err
		}
		began := time.Now()
		messages, bytes := moved()
		copied := r.copied
		applied := r.applied
		ph, err := s.iterate(ctx)
		if err != nil {
			return err
		}
		took := time.Since(began)
		messagesNow, bytesNow := moved()
		seconds = append(seconds, took)
		records = append(records, record{ph, messagesNow - messages, bytesNow - bytes + r.copied - copied, int64(r.applied - applied)})
		if r.root() && o.Iterated != nil {
			o.Iterated(Iteration{Index: i, Burn: i < r.plan.Config.Burns, Seconds: took.Seconds()})
		}
	}
	r.activity.turn(Gathering)
	defer r.activity.turn(Elsewhere)
	return res.collect(ctx, r.c, records, seconds)
}

package rendezvous

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"numcomp/comm/transport"
	"numcomp/comm/transport/tcp"
)

// joiner is one Join under way.
type joiner struct {
	ep      *tcp.Endpoint
	store   Store
	opts    Options
	me      member
	build   string
	c       *Control
	timings Timings
	// refusals are of ranks that the endpoint turned away; guarded by c.mu.
	refusals map[int]error
	// committing: the store's Commit is under way, which may be a barrier.
	committing atomic.Bool
}

func (j *joiner) world() *World {
	return &World{Rank: j.opts.Rank, Size: j.opts.Size, Control: j.c, Timings: j.timings, Peers: j.c.table}
}

// run goes through the steps of the start. Its error is a whole sentence for
// every rank. A rank that learns from a rank below it that the start has failed
// still connects to its parent, to pass that on.
func (j *joiner) run(parent context.Context) error {
	timeout := errTimeout(j.opts.StartTimeout)
	bound := j.opts.StartTimeout
	if j.opts.Rank > 0 {
		bound = j.opts.grace()
	}
	ctx, cancel := context.WithTimeoutCause(parent, bound, timeout)
	defer cancel()
	if j.opts.Rank == 0 && j.opts.Waiting != nil && j.opts.Size > 1 {
		var notices sync.WaitGroup
		stop := make(chan struct{})
		notices.Go(func() { j.notices(stop) })
		defer notices.Wait()
		defer close(stop)
	}

	begin := time.Now()
	id := tcp.Identity{Rank: j.opts.Rank, Size: j.opts.Size, Build: j.build}
	above, err := j.exchange(ctx, &id)
	if err != nil {
		return err
	}
	exchanged := time.Now()
	if j.opts.Rank > 0 {
		if err := j.dial(ctx, above); err != nil {
			return err
		}
	}
	connected := time.Now()
	if j.opts.Rank > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(parent, 2*j.opts.grace(), timeout)
		defer cancel()
	}
	err = j.barrier(ctx)
	j.timings = Timings{exchanged.Sub(begin), connected.Sub(exchanged), time.Since(connected)}
	return err
}

// errTimeout is the cause of a context that ended with the start timeout.
type errTimeout time.Duration

func (e errTimeout) Error() string {
	return fmt.Sprintf("not within %v (--start-timeout)", time.Duration(e))
}

// exchange meets the others in the store: it takes or gives the secret, starts
// the endpoint with it, and returns the parent.
func (j *joiner) exchange(ctx context.Context, id *tcp.Identity) (above member, err error) {
	tree := j.c.tree
	if j.opts.Rank == 0 {
		if _, err := rand.Read(id.Job[:]); err != nil {
			return above, j.failed("draw the job's secret", err)
		}
		if _, err := rand.Read(id.Secret[:]); err != nil {
			return above, j.failed("draw the job's secret", err)
		}
	}
	if tree.size > 1 {
		if j.opts.Rank == 0 {
			if err := j.store.Put(ctx, keySecret, formatSecret(id)); err != nil {
				return above, j.failed("publish the job's secret", err)
			}
		}
		if first, end := tree.children(j.opts.Rank); first < end {
			if err := j.store.Put(ctx, keyAddr(j.opts.Rank), formatAddr(j.me)); err != nil {
				return above, j.failed("publish its address", err)
			}
		}
		j.committing.Store(true)
		err := j.store.Commit(ctx)
		j.committing.Store(false)
		if err != nil {
			return above, j.failed("pass the launcher's barrier, which every rank must reach and which does not tell who is missing", err)
		}
		if j.opts.Rank > 0 {
			text, err := j.store.Get(ctx, keySecret)
			if err == nil {
				err = parseSecret(text, id)
			}
			if err != nil {
				return above, j.failed("get the job's secret from rank 0: was rank 0 started?", err)
			}
		}
	}
	j.ep.OnRefuse(j.refused)
	j.ep.Start(*id, j.c.attach)
	if j.opts.Rank > 0 {
		above.rank = tree.parent(j.opts.Rank)
		text, err := j.store.Get(ctx, keyAddr(above.rank))
		if err == nil {
			above, err = parseAddr(text, above.rank)
		}
		if err != nil {
			return above, j.failed(fmt.Sprintf("get the address of rank %d, through which it joins: was that rank started?", above.rank), err)
		}
	}
	return above, nil
}

// failed is the error of a step at this rank. What another rank said of the
// start's failure stands as it is.
func (j *joiner) failed(step string, err error) error {
	var start *StartError
	if errors.As(err, &start) {
		return start
	}
	return fmt.Errorf("start: %s could not %s: %w", j.self(), step, err)
}

func (j *joiner) self() string { return transport.RankName(j.me.rank, j.me.host, j.me.pid) }

// refused is told of proven ranks that the endpoint turned away.
func (j *joiner) refused(from int, err error) {
	var build *tcp.BuildError
	if errors.As(err, &build) {
		j.c.mu.Lock()
		joined := j.c.table != nil
		j.c.mu.Unlock()
		if !joined {
			j.c.failStart(fmt.Errorf("start: rank %d runs build %q, but %s runs build %q: start the same program on every node",
				from, build.Theirs, j.self(), build.Mine), nil)
			return
		}
	}
	j.c.mu.Lock()
	if j.refusals == nil {
		j.refusals = map[int]error{}
	}
	j.refusals[from] = err
	j.c.mu.Unlock()
	j.c.logf("start: refused rank %d: %v; the job goes on", from, err)
}

// dial connects to the parent. What may pass (it is not up yet, a stranger sits
// on one of its addresses) is tried again until ctx ends; what will not pass is
// final.
func (j *joiner) dial(ctx context.Context, above member) error {
	j.c.mu.Lock()
	j.c.above = above
	j.c.mu.Unlock()
	parent := transport.RankName(above.rank, above.host, above.pid)
	var refusedSince time.Time
	for wait := dialPause; ; wait = min(2*wait, dialPauseMax) {
		conn, err := j.ep.Dial(ctx, above.rank, above.addrs, tcp.KindControl)
		if err == nil {
			j.c.adopt(conn)
			return nil
		}
		var build *tcp.BuildError
		var twice *tcp.DuplicateRankError
		var refused *tcp.RefusedError
		switch {
		case errors.As(err, &build):
			return fmt.Errorf("start: %s runs build %q, but %s runs build %q: start the same program on every node",
				j.self(), build.Mine, parent, build.Theirs)
		case errors.As(err, &twice), errors.As(err, &refused):
			return fmt.Errorf("start: %s cannot join through %s: %w", j.self(), parent, err)
		}
		switch {
		case !nobodyListens(err):
			refusedSince = time.Time{}
		case refusedSince.IsZero():
			refusedSince = time.Now()
		case time.Since(refusedSince) > goneAfter:
			return fmt.Errorf("start: %s cannot join through %s, whose process has ended: %w", j.self(), parent, err)
		}
		if pause(ctx, wait) != nil {
			return fmt.Errorf("start: %s cannot join through %s, %w; %w: is that rank alive, and do the nodes reach each other (firewall, --iface, --port-range)?",
				j.self(), parent, context.Cause(ctx), err)
		}
	}
}

// nobodyListens tells that each address refused the connection. The parent
// listened before it published them, so its process is gone.
func nobodyListens(err error) bool {
	var dial *tcp.DialError
	if !errors.As(err, &dial) || len(dial.Attempts) == 0 {
		return false
	}
	for _, a := range dial.Attempts {
		if !errors.Is(a.Err, syscall.ECONNREFUSED) {
			return false
		}
	}
	return true
}

// barrier waits for the table, and reports arrivals meanwhile.
func (j *joiner) barrier(ctx context.Context) error {
	j.c.mu.Lock()
	j.c.report(true)
	j.c.mu.Unlock()
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	var ended <-chan struct{}
	var why func() error
	if store, ok := j.store.(Ending); ok {
		ended, why = store.Ended()
	}
	for {
		select {
		case <-j.c.started:
			return nil
		case <-ended:
			j.c.failStart(why(), nil)
			ended = nil
		case <-j.c.failed:
			return j.c.Failure()
		case <-tick.C:
			j.c.mu.Lock()
			j.c.report(true)
			j.c.mu.Unlock()
		case <-ctx.Done():
			select {
			case <-j.c.started: // at the same moment
				return nil
			default:
			}
			return j.notAll(context.Cause(ctx))
		}
	}
}

// notAll is the error of a start that ended before all ranks had arrived.
func (j *joiner) notAll(cause error) error {
	timeout, ok := cause.(errTimeout)
	switch {
	case !ok:
		return fmt.Errorf("start: %s ended while it waited for the others: %w", j.self(), cause)
	case j.opts.Rank > 0:
		return fmt.Errorf("start: %s heard nothing from rank 0 on which ranks are missing: %w", j.self(), cause)
	}
	ranks, why := j.missing()
	return fmt.Errorf("start: %s of %d did not arrive within %v (--start-timeout)%s: not started, died early, or cannot reach %s at %s (firewall, --iface, --port-range)?",
		rankList(ranks), j.opts.Size, time.Duration(timeout), why, j.self(), joinAddrs(j.me.addrs))
}

// missing are the ranks that rank 0 has not heard of, and what is known of why.
func (j *joiner) missing() (ranks []int, why string) {
	j.c.mu.Lock()
	defer j.c.mu.Unlock()
	if j.c.table != nil {
		return nil, ""
	}
	roster, _ := j.store.(Roster)
	var behind, seen []int
	silent := slices.Clone(j.opts.Nodes)
	for r := range j.opts.Size {
		if m, ok := j.c.known[r]; ok {
			silent = slices.DeleteFunc(silent, func(node string) bool { return node == m.node })
			var twice *tcp.DuplicateRankError
			if errors.As(j.refusals[r], &twice) && len(why) < 512 {
				why += fmt.Sprintf("; two processes came as rank %d", r)
			}
			continue
		}
		ranks = append(ranks, r)
		if err := j.refusals[r]; err != nil && len(why) < 512 {
			why += fmt.Sprintf("; rank %d came and was refused: %v", r, err)
		}
		if roster != nil && roster.Seen(r) {
			seen = append(seen, r)
		}
		if p := j.c.tree.parent(r); p > 0 {
			if _, ok := j.c.known[p]; !ok {
				behind = append(behind, r)
			}
		}
	}
	if len(silent) > 0 && len(silent) < len(j.opts.Nodes) {
		why += "; none of " + nodeList(silent) + " has come"
	}
	if len(seen) > 0 {
		why += "; " + rankList(seen) + " did start"
	}
	if len(behind) > 0 {
		why += "; " + rankList(behind) + " can only join through others of these"
	}
	if why != "" {
		why = " (" + why[2:] + ")"
	}
	return ranks, why
}

// notices tells Waiting who is missing, at rank 0, until stop.
func (j *joiner) notices(stop <-chan struct{}) {
	began, after := time.Now(), j.opts.WaitingAfter
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case <-timer.C:
		}
		if j.committing.Load() {
			j.opts.Waiting(fmt.Sprintf("waiting at the launcher's barrier for at least one of ranks 1-%d: it does not tell for which", j.opts.Size-1))
		} else if ranks, why := j.missing(); len(ranks) == j.opts.Size-1 && j.opts.Size > 2 && why == "" {
			j.opts.Waiting(fmt.Sprintf("waiting for all %d other ranks", len(ranks)))
		} else if len(ranks) > 0 {
			j.opts.Waiting("waiting for " + rankList(ranks) + why)
		}
		after *= 2
		timer.Reset(time.Until(began.Add(after)))
	}
}

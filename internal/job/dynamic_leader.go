package job

import (
	"context"
	"sync"

	"numcomp/comm"
	"numcomp/kernels"
)

// leaderSlots is how many blocks a leader has room for: one whose items its group
// computes, and one that is on its way, or whose last results are.
const leaderSlots = 2

// dynamicLeader is a leader's side of an iteration: to rank 0 it is a rank that
// takes long chunks, to its group what rank 0 is in a small world.
type dynamicLeader[T kernels.Float] struct{ granter[T] }

func (d dynamicLeader[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := start()
	if err := d.distribute(ctx, nil); err != nil {
		return ph, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b := newBlocks(d.here.block)
	defer context.AfterFunc(ctx, b.wake)()
	var fetching sync.WaitGroup
	fetching.Go(func() {
		if err := d.fetch(ctx, b); err != nil {
			cancel(err)
		}
	})
	d.handOut(ctx, cancel, b, &watch, &ph)
	fetching.Wait()
	ph.gather += watch.lap()
	return ph, context.Cause(ctx)
}

// fetch receives block after block into the slots, and sends the results of each
// to rank 0 when they are all there: in the order in which it got the blocks.
func (d dynamicLeader[T]) fetch(ctx context.Context, b *blocks) error {
	var grant granted
	above := d.fan.above(d.c.Rank())
	k := 0
	for ; ; k++ {
		var reqs []*comm.Request
		if k >= leaderSlots {
			results, err := b.finished(ctx, k-leaderSlots)
			if err != nil {
				return err
			}
			reqs = append(reqs, comm.Isend(d.c, above, resultsTag, portionOf(d.results, d.plan.Result, results)))
		}
		reqs = append(reqs, d.expect(above, &grant, b.room(k))...)
		if err := comm.Wait(ctx, reqs...); err != nil {
			return err
		}
		if err := grant.check(above, b.size); err != nil {
			return err
		}
		if grant.count() == 0 {
			break
		}
		b.add(k, grant.count(), min(max(grant.each(), 1), d.here.chunk))
	}
	b.end()
	for k = max(0, k-leaderSlots+1); ; k++ {
		results, err := b.finished(ctx, k)
		if err != nil || results.count == 0 {
			return err
		}
		if err := comm.Send(ctx, d.c, above, resultsTag, portionOf(d.results, d.plan.Result, results)); err != nil {
			return err
		}
	}
}

// blocks are the items that a leader was granted. Block k lies in slot
// k%leaderSlots of its memory.
type blocks struct {
	size int // items that a slot has room for

	mu      sync.Mutex
	changed sync.Cond
	slots   [leaderSlots]block
	arrived int // blocks
	current int // block to take from; those before it are handed out
	ended   bool
}

// block is one grant: its items, those not handed out yet, and how many have no
// result yet. A rank takes each at a time.
type block struct{ count, next, open, each int }

func newBlocks(size int) *blocks {
	b := &blocks{size: size}
	b.changed.L = &b.mu
	return b
}

// room is where block k goes.
func (b *blocks) room(k int) chunk {
	return chunk{first: k % leaderSlots * b.size, count: b.size}
}

// add makes block k, which has been received, available.
func (b *blocks) add(k, count, each int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slots[k%leaderSlots] = block{count: count, open: count, each: each}
	b.arrived = k + 1
	// The block that had the slot before is finished.
	b.current = max(b.current, b.arrived-leaderSlots)
	b.changed.Broadcast()
}

// end tells that no further block comes.
func (b *blocks) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.changed.Broadcast()
}

// wake has all that wait look at their contexts.
func (b *blocks) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changed.Broadcast()
}

// take gives to one rank at a time.
func (b *blocks) take(ctx context.Context, _ int, wait bool) (k chunk, more bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		for ; b.current < b.arrived; b.current++ {
			s := &b.slots[b.current%leaderSlots]
			if n := min(s.each, s.count-s.next); n > 0 {
				k := chunk{first: b.room(b.current).first + s.next, count: n}
				s.next += n
				return k, true, nil
			}
		}
		switch {
		case b.ended:
			return chunk{}, false, nil
		case ctx.Err() != nil:
			return chunk{}, false, context.Cause(ctx)
		case !wait:
			return chunk{}, true, nil
		}
		b.changed.Wait()
	}
}

// done counts results.
func (b *blocks) done(k chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.slots[k.first/b.size]
	if s.open -= k.count; s.open == 0 {
		b.changed.Broadcast()
	}
}

// finished waits until block k has all its results, and returns where they are.
// For the block behind the last one the count is 0.
func (b *blocks) finished(ctx context.Context, k int) (chunk, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if k >= b.arrived {
		return chunk{}, nil
	}
	s := &b.slots[k%leaderSlots]
	for s.open > 0 {
		if ctx.Err() != nil {
			return chunk{}, context.Cause(ctx)
		}
		b.changed.Wait()
	}
	return chunk{first: b.room(k).first, count: s.count}, nil
}

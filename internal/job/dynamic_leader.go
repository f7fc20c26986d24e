package job

import (
	"context"
	"sync"

	"numcomp/comm"
	"numcomp/kernels"
)

// leaderSlots is how many blocks a leader has room for: half of them are what its
// group computes, the others what it computes next. A block's results are sent when
// they are all there, so many small ones keep a rank that is slow from holding up the
// others.
const leaderSlots = 16

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
	for _, side := range []func(context.Context, *blocks) error{d.fetch, d.sendResults} {
		fetching.Go(func() {
			if err := side(ctx, b); err != nil {
				cancel(err)
			}
		})
	}
	d.handOut(ctx, cancel, b, &watch, &ph)
	fetching.Wait()
	ph.gather += watch.lap()
	return ph, context.Cause(ctx)
}

// fetch receives block after block into the slots.
func (d dynamicLeader[T]) fetch(ctx context.Context, b *blocks) error {
	var grant granted
	above := d.fan.above(d.c.Rank())
	for k := 0; ; k++ {
		if err := b.vacant(ctx, k); err != nil {
			return err
		}
		if err := comm.Wait(ctx, d.expect(above, &grant, b.room(k))...); err != nil {
			return err
		}
		if err := grant.check(above, b.size); err != nil {
			return err
		}
		if grant.count() == 0 {
			b.end()
			return nil
		}
		b.add(k, chunk{count: grant.count(), each: min(max(grant.each(), 1), d.here.chunk)})
	}
}

// sendResults sends the results of each block to rank 0 when they are all there: in
// the order in which it got the blocks.
func (d dynamicLeader[T]) sendResults(ctx context.Context, b *blocks) error {
	above := d.fan.above(d.c.Rank())
	for k := 0; ; k++ {
		results, err := b.finished(ctx, k)
		if err != nil || results.count == 0 {
			return err
		}
		if err := comm.Send(ctx, d.c, above, resultsTag, portionOf(d.results, d.plan.Result, results)); err != nil {
			return err
		}
		b.sent(k)
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
	gone    int // blocks whose results have been sent
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

// wait waits until is, or for the end of ctx. b.mu is held.
func (b *blocks) wait(ctx context.Context, is func() bool) error {
	for !is() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b.changed.Wait()
	}
	return nil
}

// vacant waits until the slot of block k is free.
func (b *blocks) vacant(ctx context.Context, k int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wait(ctx, func() bool { return b.gone > k-leaderSlots })
}

// sent tells that the results of block k, and of all before it, have been sent.
func (b *blocks) sent(k int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = k + 1
	b.changed.Broadcast()
}

// scarce is asked by nobody: a leader grants to no leaders.
func (b *blocks) scarce() bool { return false }

// add makes block k, which has been received, available.
func (b *blocks) add(k int, of chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slots[k%leaderSlots] = block{count: of.count, open: of.count, each: of.each}
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
func (b *blocks) take(ctx context.Context, _, _ int, wait bool) (k chunk, more bool, err error) {
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
	s := &b.slots[k%leaderSlots]
	err := b.wait(ctx, func() bool { return b.arrived > k && s.open == 0 || b.arrived <= k && b.ended })
	if err != nil || b.arrived <= k {
		return chunk{}, err
	}
	return chunk{first: b.room(k).first, count: s.count}, nil
}

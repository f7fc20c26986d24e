package job

import (
	"context"
	"sync"

	"numcomp/comm"
	"numcomp/kernels"
)

// leaderRounds is how many chunks a leader has room for, for each rank of its group: one
// that the rank computes and one that it computes next.
const leaderRounds = 2

// dynamicLeader is a leader's side of an iteration: to rank 0 it is a rank that
// computes many chunks at once, to its group what rank 0 is in a small world.
type dynamicLeader[T kernels.Float] struct{ granter[T] }

func (d dynamicLeader[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := d.start()
	if err := d.distribute(ctx, nil); err != nil {
		return ph, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	b := newStock(leaderRounds*d.fan.ranks(d.c.Rank()), d.here.block)
	defer context.AfterFunc(ctx, b.wake)()
	var fetching sync.WaitGroup
	for _, side := range []func(context.Context, *stock) error{d.fetch, d.sendResults} {
		fetching.Go(func() {
			if err := side(ctx, b); err != nil {
				cancel(err)
			}
		})
	}
	d.handOut(ctx, cancel, b, &watch, &ph)
	fetching.Wait()
	ph.gather += watch.lap(Elsewhere)
	return ph, context.Cause(ctx)
}

// fetch receives chunk after chunk into the slots.
func (d dynamicLeader[T]) fetch(ctx context.Context, b *stock) error {
	var grant granted
	above := d.fan.above(d.c.Rank())
	for {
		slot, err := b.vacant(ctx)
		if err != nil {
			return err
		}
		if err := comm.Wait(ctx, d.expect(above, &grant, b.room(slot))...); err != nil {
			return err
		}
		if err := grant.check(above, b.size); err != nil {
			return err
		}
		if grant.count() == 0 {
			b.end()
			return nil
		}
		b.add(slot, grant.count())
	}
}

// sendResults sends the results of each chunk to rank 0 when they are all there.
func (d dynamicLeader[T]) sendResults(ctx context.Context, b *stock) error {
	above := d.fan.above(d.c.Rank())
	for {
		slot, err := b.finished(ctx)
		if err != nil || slot < 0 {
			return err
		}
		s := &b.slots[slot] // nobody else's until it is sent
		if err := comm.Send(ctx, d.c, above, doneTag, []int64{s.number}); err != nil {
			return err
		}
		results := chunk{b.room(slot).first, s.count}
		if err := comm.Send(ctx, d.c, above, resultsTag, portionOf(d.results, d.plan.Result, results)); err != nil {
			return err
		}
		b.sent(slot)
	}
}

// stock is the chunks that a leader was granted. Each lies in a slot of its memory from
// when it comes until its results have been sent.
type stock struct {
	size int // items that a slot has room for

	mu      sync.Mutex
	changed sync.Cond
	slots   []block
	// Numbers of slots: of nothing; of chunks that nobody has taken, in the order in
	// which they came; of results to be sent.
	free, untaken, ready []int
	added, gone          int64 // chunks that have come, and whose results have been sent
	ended                bool
}

// block is one grant: its number, its items, and how many have no result yet.
type block struct {
	number      int64
	count, open int
}

func newStock(slots, size int) *stock {
	b := &stock{size: size, slots: make([]block, slots)}
	b.changed.L = &b.mu
	for i := range slots {
		b.free = append(b.free, i)
	}
	return b
}

// room is where slot i lies.
func (b *stock) room(i int) chunk { return chunk{first: i * b.size, count: b.size} }

// first takes the first of a list of slots, for which it waits, but not when there will
// be none: then it is -1. b.mu is held.
func (b *stock) first(ctx context.Context, list *[]int, none func() bool) (int, error) {
	for len(*list) == 0 {
		switch {
		case none():
			return -1, nil
		case ctx.Err() != nil:
			return -1, context.Cause(ctx)
		}
		b.changed.Wait()
	}
	i := (*list)[0]
	*list = (*list)[1:]
	return i, nil
}

// vacant waits for a slot that is free, and takes it.
func (b *stock) vacant(ctx context.Context) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first(ctx, &b.free, func() bool { return false })
}

// add makes the chunk of so many items available that has come into slot i.
func (b *stock) add(i, count int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slots[i] = block{number: b.added, count: count, open: count}
	b.added++
	b.untaken = append(b.untaken, i)
	b.changed.Broadcast()
}

// end tells that no further chunk comes.
func (b *stock) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.changed.Broadcast()
}

// wake has all that wait look at their contexts.
func (b *stock) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changed.Broadcast()
}

// scarce is asked by nobody: a leader grants to no leaders.
func (b *stock) scarce() bool { return false }

// take implements source.
func (b *stock) take(ctx context.Context, _ int, wait bool) (k chunk, more bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, err := b.first(ctx, &b.untaken, func() bool { return b.ended || !wait })
	if err != nil || i < 0 {
		return chunk{}, err == nil && !b.ended, err
	}
	return chunk{b.room(i).first, b.slots[i].count}, true, nil
}

// done counts results.
func (b *stock) done(k chunk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := k.first / b.size
	if b.slots[i].open -= k.count; b.slots[i].open == 0 {
		b.ready = append(b.ready, i)
		b.changed.Broadcast()
	}
}

// finished waits for a slot whose chunk has all its results; -1 if all have been sent.
func (b *stock) finished(ctx context.Context) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first(ctx, &b.ready, func() bool { return b.ended && b.gone == b.added })
}

// sent frees slot i.
func (b *stock) sent(i int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone++
	b.free = append(b.free, i)
	b.changed.Broadcast()
}

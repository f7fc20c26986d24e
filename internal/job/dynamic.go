package job

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"numcomp/comm"
	"numcomp/kernels"
)

// The dynamic schedule: rank 0 hands out items, to itself as to the others, from
// one counter. Who hands them on has one goroutine for every rank below it (see
// fan) and computes meanwhile. What goes between a rank and the one above it:
//
//	above -> rank   grant: number of items; 0 items: no more
//	                parameters of the items, unless all have the same
//	                arrays of the items, under scatter
//	rank -> above   from a leader: which of its grants is done
//	                results of the items, received where they belong
//
// The results of a grant ask for a further one. Under scatter one chunk is granted
// ahead, so that a chunk's arrays travel while the one before is computed: the
// rank has posted its receives for them before it starts to compute. A leader is
// granted a chunk for each rank of its group and as many ahead, unless items are
// scarce: one that waits in a group would be computed sooner by a rank of another.
// Messages of a pair and a tag keep their order, which is the grants'; a leader's
// results come in the order in which they are there.
//
// A broadcast array, and parameters that all items share, are broadcast first.
//
// Ranks that have memory in common with rank 0 take chunks from the counter itself,
// which lies there, and find what an item needs in place.

const (
	grantTag = iota
	paramsTag
	arraysTag
	doneTag
	resultsTag
	lookTag // to oneself
)

// source is where a rank that grants has its items from. Chunks are in its own
// memory: first is an index there.
type source interface {
	// take returns what a rank is to compute next, or one of a group that has up to so
	// many rounds at once. If there is nothing now it waits, or returns an empty chunk.
	// more is false when there will be nothing any more.
	take(ctx context.Context, rounds int, wait bool) (k chunk, more bool, err error)
	// scarce tells whether few items are left; of use to who grants to leaders.
	scarce() bool
	// done is told of items whose results are in the rank's memory.
	done(k chunk)
}

// granter is a rank that others are below: rank 0 or a leader.
type granter[T kernels.Float] struct {
	*rank[T]
	fan fan
}

// handOut computes items of from, and has the ranks below compute the others. It
// returns when all results are in this rank's memory. ctx must end when cancel is
// called; the first failure ends the iteration.
func (d granter[T]) handOut(ctx context.Context, cancel context.CancelCauseFunc, from source, watch *stopwatch, ph *phases) {
	var servers sync.WaitGroup
	for _, peer := range d.fan.below(d.c.Rank()) {
		servers.Go(func() {
			if err := d.serve(ctx, from, peer); err != nil {
				cancel(err)
			}
		})
	}
	for {
		k, more, err := from.take(ctx, 1, true)
		ph.distribute += watch.lap(Computing)
		if err == nil && d.common.node != nil {
			err = d.look(ctx)
		}
		if err == nil {
			err = d.compute(ctx, k, func(i int) { from.done(chunk{first: i, count: 1}) })
		}
		ph.compute += watch.lap(Distributing)
		if err != nil {
			cancel(err)
		}
		if err != nil || !more {
			break
		}
	}
	watch.a.enter(Gathering, watch.last)
	servers.Wait()
	ph.gather += watch.lap(Gathering)
}

// serve grants items to peer and takes in their results until there are no more.
func (d granter[T]) serve(ctx context.Context, from source, peer int) error {
	leads, group := d.fan.leads(peer), d.fan.ranks(peer)
	most, rounds := 1+d.here.lookahead, 1
	if leads {
		most, rounds = leaderRounds*group, leaderRounds
	}
	open := map[int64]chunk{} // granted, and their results not yet received, by number
	next, oldest := int64(0), int64(0)
	for more := true; ; {
		for more && len(open) < most {
			if leads && len(open) >= group && from.scarce() {
				break
			}
			// What it computes may be what the next chunk waits for.
			var k chunk
			var err error
			if k, more, err = from.take(ctx, rounds, len(open) == 0); err != nil {
				return err
			}
			if more && k.count == 0 {
				break
			}
			if err := d.grant(ctx, peer, k); err != nil {
				return err
			}
			if more {
				open[next] = k
				next++
			}
		}
		if len(open) == 0 {
			return nil
		}
		done := []int64{oldest}
		if leads {
			if _, err := comm.Recv(ctx, d.c, peer, doneTag, done); err != nil {
				return err
			}
		}
		oldest++
		k, ok := open[done[0]]
		if !ok {
			return fmt.Errorf("rank %d sent results of grant %d, which it has not been given, or for the second time", peer, done[0])
		}
		delete(open, done[0])
		n := k.count * elements(d.plan.Result)
		got, err := comm.Recv(ctx, d.c, peer, resultsTag, portionOf(d.results, d.plan.Result, k))
		if err != nil {
			return err
		}
		if got != n {
			return fmt.Errorf("rank %d sent %d elements of results for %d items, which have %d", peer, got, k.count, n)
		}
		from.done(k)
	}
}

// grant sends a chunk and what its items need. The receives for all of it are
// posted, or will be: an empty chunk sends empty messages.
func (d granter[T]) grant(ctx context.Context, peer int, k chunk) error {
	reqs := []*comm.Request{comm.Isend(d.c, peer, grantTag, []int64{int64(k.count)})}
	if d.ownParams() {
		reqs = append(reqs, comm.Isend(d.c, peer, paramsTag, portionOf(d.params, d.plan.Params, k)))
	}
	if d.ownArrays() {
		reqs = append(reqs, comm.Isend(d.c, peer, arraysTag, portionOf(d.arrays, d.plan.Array, k)))
	}
	return comm.Wait(ctx, reqs...)
}

// granted is what the message of a grant holds.
type granted [1]int64

func (g *granted) count() int { return int(g[0]) }

// check holds a grant to what this rank has room for.
func (g *granted) check(from, room int) error {
	if n := g[0]; n < 0 || n > int64(room) {
		return fmt.Errorf("rank %d granted %d items, and there is room for %d", from, n, room)
	}
	return nil
}

// expect posts the receives for one grant of rank from, of at most room's items.
func (r *rank[T]) expect(from int, g *granted, room chunk) []*comm.Request {
	reqs := []*comm.Request{comm.Irecv(r.c, from, grantTag, g[:])}
	if r.ownParams() {
		reqs = append(reqs, comm.Irecv(r.c, from, paramsTag, portionOf(r.params, r.plan.Params, room)))
	}
	if r.ownArrays() {
		reqs = append(reqs, comm.Irecv(r.c, from, arraysTag, portionOf(r.arrays, r.plan.Array, room)))
	}
	return reqs
}

// portionOf is the part of data that holds the items of k, each of shape s.
func portionOf[T kernels.Float](data []T, s kernels.Shape, k chunk) []T {
	n := elements(s)
	return data[k.first*n : (k.first+k.count)*n]
}

// dynamicRoot is rank 0's side of an iteration.
type dynamicRoot[T kernels.Float] struct{ granter[T] }

func (d dynamicRoot[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := d.start()
	if err := d.distribute(ctx, nil); err != nil {
		return ph, err
	}
	ph.distribute = watch.lap(Distributing)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	from := &allItems{chunks: newChunker(d.plan, d.c.Size(), d.common.next), progress: d.progress}
	d.handOut(ctx, cancel, from, &watch, &ph)
	if err := context.Cause(ctx); err != nil {
		return ph, err
	}
	if err := d.collect(ctx); err != nil {
		return ph, err
	}
	d.progress.add(d.plan.Items - int(from.counted.Load()))
	ph.gather += watch.lap(Elsewhere)
	return ph, nil
}

// allItems is rank 0's source: its memory has every item at its index.
type allItems struct {
	chunks   *chunker
	progress *progress
	counted  atomic.Int64 // items whose results are there: not those of rank 0's group
}

func (s *allItems) take(_ context.Context, rounds int, _ bool) (k chunk, more bool, err error) {
	k = s.chunks.grant(rounds)
	return k, k.count > 0, nil
}

func (s *allItems) scarce() bool { return s.chunks.scarce() }

func (s *allItems) done(k chunk) {
	s.counted.Add(int64(k.count))
	s.progress.add(k.count)
}

// lookEvery is how long a rank that no message tells what to compute goes on
// without looking whether its world is whole.
const lookEvery = 10 * time.Millisecond

// look returns the error of a world that has been broken, every now and then.
func (r *rank[T]) look(ctx context.Context) error {
	now := time.Now()
	if now.Sub(r.looked) < lookEvery {
		return nil
	}
	r.looked = now
	me := r.c.Rank()
	_, err := comm.Sendrecv[byte](ctx, r.c, me, lookTag, nil, me, lookTag, nil)
	return err
}

// dynamicMate is the side of a rank that has memory in common with rank 0: it takes
// chunks from the counter there, and no message names them.
type dynamicMate[T kernels.Float] struct{ *rank[T] }

func (d dynamicMate[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := d.start()
	if err := d.distribute(ctx, nil); err != nil {
		return ph, err
	}
	ph.distribute = watch.lap(Computing)
	chunks := newChunker(d.plan, d.c.Size(), d.common.next)
	for k := chunks.take(); k.count > 0; k = chunks.take() {
		if err := d.look(ctx); err != nil {
			return ph, err
		}
		if err := d.computeOwn(ctx, k, &watch, &ph, func(int) {}); err != nil {
			return ph, err
		}
	}
	ph.compute += watch.lap(Gathering)
	if err := d.collect(ctx); err != nil {
		return ph, err
	}
	ph.gather = watch.lap(Elsewhere)
	return ph, nil
}

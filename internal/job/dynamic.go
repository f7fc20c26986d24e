package job

import (
	"context"
	"fmt"
	"sync"

	"numcomp/comm"
	"numcomp/kernels"
)

// The dynamic schedule: rank 0 hands out chunks of items, to itself as to the
// others, from one counter. It keeps one goroutine for every other rank and
// computes meanwhile. What goes between the two:
//
//	rank 0 -> rank r   grant: first item, number of items; 0 items: no more
//	                   parameters of the chunk's items, unless all have the same
//	                   arrays of the chunk's items, under scatter
//	rank r -> rank 0   results of the chunk's items, received where they belong
//
// The result of a chunk asks for a further one. Under scatter rank 0 grants one
// chunk ahead, so that a chunk's arrays travel while the one before is computed:
// the rank has posted its receives for them before it starts to compute. Messages
// of a pair and a tag keep their order, which is the chunks'.
//
// A broadcast array, and parameters that all items share, are broadcast first.

const (
	grantTag = iota
	paramsTag
	arraysTag
	resultsTag
)

// dynamicRoot is rank 0's side of an iteration.
type dynamicRoot[T kernels.Float] struct{ *rank[T] }

func (d dynamicRoot[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := start()
	if err := d.broadcast(ctx); err != nil {
		return ph, err
	}
	ph.distribute = watch.lap()

	// One failure ends the iteration: the first is its cause.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	chunks := newChunker(d.plan, d.c.Size())
	var servers sync.WaitGroup
	for peer := 1; peer < d.c.Size(); peer++ {
		servers.Go(func() {
			if err := d.serve(ctx, chunks, peer); err != nil {
				cancel(err)
			}
		})
	}
	for k := chunks.take(); k.count > 0; k = chunks.take() {
		if err := d.compute(ctx, k.first, k.count); err != nil {
			cancel(err)
			break
		}
	}
	ph.compute = watch.lap()
	servers.Wait()
	ph.gather = watch.lap()
	return ph, context.Cause(ctx)
}

// compute computes rank 0's own chunk in place.
func (d dynamicRoot[T]) compute(ctx context.Context, first, count int) error {
	for i := first; i < first+count; i++ {
		if err := d.apply(ctx, d.result(i), d.array(i), d.param(i)); err != nil {
			return err
		}
		d.progress.add(1)
	}
	return nil
}

// serve grants chunks to peer and takes in their results until there are no more.
func (d dynamicRoot[T]) serve(ctx context.Context, chunks *chunker, peer int) error {
	var granted []chunk // and their results not yet received
	for more := true; ; {
		for more && len(granted) <= d.here.lookahead {
			k := chunks.take()
			if err := d.grant(ctx, peer, k); err != nil {
				return err
			}
			if more = k.count > 0; more {
				granted = append(granted, k)
			}
		}
		if len(granted) == 0 {
			return nil
		}
		k := granted[0]
		granted = granted[1:]
		n := k.count * elements(d.plan.Result)
		got, err := comm.Recv(ctx, d.c, peer, resultsTag, portionOf(d.results, d.plan.Result, k))
		if err != nil {
			return err
		}
		if got != n {
			return fmt.Errorf("rank %d sent %d elements of results for items %d to %d, which have %d", peer, got, k.first, k.first+k.count-1, n)
		}
		d.progress.add(k.count)
	}
}

// grant sends a chunk and what its items need. The receives for all of it are
// posted, or will be: an empty chunk sends empty messages.
func (d dynamicRoot[T]) grant(ctx context.Context, peer int, k chunk) error {
	reqs := []*comm.Request{comm.Isend(d.c, peer, grantTag, []int64{int64(k.first), int64(k.count)})}
	if d.ownParams() {
		reqs = append(reqs, comm.Isend(d.c, peer, paramsTag, portionOf(d.params, d.plan.Params, k)))
	}
	if d.ownArrays() {
		reqs = append(reqs, comm.Isend(d.c, peer, arraysTag, portionOf(d.arrays, d.plan.Array, k)))
	}
	return comm.Wait(ctx, reqs...)
}

// portionOf is the part of data that holds the items of k, each of shape s.
func portionOf[T kernels.Float](data []T, s kernels.Shape, k chunk) []T {
	n := elements(s)
	return data[k.first*n : (k.first+k.count)*n]
}

// dynamicPeer is another rank's side of an iteration.
type dynamicPeer[T kernels.Float] struct{ *rank[T] }

// slot is where one granted chunk is received: its part of the rank's memory.
type slot[T kernels.Float] struct {
	grant [2]int64
	reqs  []*comm.Request
}

func (d dynamicPeer[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := start()
	if err := d.broadcast(ctx); err != nil {
		return ph, err
	}
	slots := make([]slot[T], d.here.lookahead+1)
	var sends [2]*comm.Request
	defer func() {
		if err != nil {
			d.abandon(slots, sends[:])
		}
	}()

	d.post(slots, 0)
	for k := 0; ; k++ {
		s := &slots[k%len(slots)]
		if err := comm.Wait(ctx, s.reqs...); err != nil {
			return ph, err
		}
		ph.distribute += watch.lap()
		count := int(s.grant[1])
		if count == 0 {
			break
		}
		if count < 0 || count > d.here.chunk {
			return ph, fmt.Errorf("rank 0 granted %d items, and a chunk has at most %d", count, d.here.chunk)
		}
		if d.here.lookahead > 0 {
			d.post(slots, k+1)
		}
		// The results of the chunk before the last one are still to be sent away
		// before their memory can be used again.
		if err := d.wait(ctx, &sends[k%2]); err != nil {
			return ph, err
		}
		ph.gather += watch.lap()

		from, to := k%len(slots)*d.here.chunk, k%2*d.here.chunk
		for i := range count {
			if err := d.apply(ctx, d.result(to+i), d.array(from+i), d.param(from+i)); err != nil {
				return ph, err
			}
		}
		ph.compute += watch.lap()
		sends[k%2] = comm.Isend(d.c, 0, resultsTag, portionOf(d.results, d.plan.Result, chunk{to, count}))
		if d.here.lookahead == 0 {
			d.post(slots, k+1)
		}
		ph.gather += watch.lap()
	}
	for i := range sends {
		if err := d.wait(ctx, &sends[i]); err != nil {
			return ph, err
		}
	}
	ph.gather += watch.lap()
	return ph, nil
}

// post posts the receives for the k-th grant.
func (d dynamicPeer[T]) post(slots []slot[T], k int) {
	i := k % len(slots)
	s, room := &slots[i], chunk{i * d.here.chunk, d.here.chunk}
	s.reqs = append(s.reqs[:0], comm.Irecv(d.c, 0, grantTag, s.grant[:]))
	if d.ownParams() {
		s.reqs = append(s.reqs, comm.Irecv(d.c, 0, paramsTag, portionOf(d.params, d.plan.Params, room)))
	}
	if d.ownArrays() {
		s.reqs = append(s.reqs, comm.Irecv(d.c, 0, arraysTag, portionOf(d.arrays, d.plan.Array, room)))
	}
}

// wait ends a send, if there is one.
func (d dynamicPeer[T]) wait(ctx context.Context, send **comm.Request) error {
	if *send == nil {
		return nil
	}
	err := comm.Wait(ctx, *send)
	*send = nil
	return err
}

// abandon breaks the world, so that nothing touches the rank's memory any longer
// when it is given back.
func (d dynamicPeer[T]) abandon(slots []slot[T], sends []*comm.Request) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, s := range slots {
		_ = comm.Wait(ended, s.reqs...)
	}
	for _, r := range sends {
		if r != nil {
			_ = comm.Wait(ended, r)
		}
	}
}

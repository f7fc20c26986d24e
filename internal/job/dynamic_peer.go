package job

import (
	"context"

	"numcomp/comm"
	"numcomp/kernels"
)

// dynamicPeer is the side of a rank that grants nothing.
type dynamicPeer[T kernels.Float] struct {
	*rank[T]
	above int // the rank that grants to it
}

// slot is where one granted chunk is received: its part of the rank's memory.
type slot[T kernels.Float] struct {
	grant granted
	reqs  []*comm.Request
}

func (d dynamicPeer[T]) iterate(ctx context.Context) (ph phases, err error) {
	watch := d.start()
	if err := d.distribute(ctx, nil); err != nil {
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
		ph.distribute += watch.lap(Gathering)
		if err := s.grant.check(d.above, d.here.chunk); err != nil {
			return ph, err
		}
		count := s.grant.count()
		if count == 0 {
			break
		}
		if d.here.lookahead > 0 {
			d.post(slots, k+1)
		}
		// The results of the chunk before the last one are still to be sent away
		// before their memory can be used again.
		if err := d.wait(ctx, &sends[k%2]); err != nil {
			return ph, err
		}
		ph.gather += watch.lap(Computing)

		from, to := k%len(slots)*d.here.chunk, k%2*d.here.chunk
		for i := range count {
			if err := d.apply(ctx, d.result(to+i), d.array(from+i), d.param(from+i)); err != nil {
				return ph, err
			}
		}
		ph.compute += watch.lap(Gathering)
		sends[k%2] = comm.Isend(d.c, d.above, resultsTag, portionOf(d.results, d.plan.Result, chunk{first: to, count: count}))
		if d.here.lookahead == 0 {
			d.post(slots, k+1)
		}
		ph.gather += watch.lap(Distributing)
	}
	for i := range sends {
		if err := d.wait(ctx, &sends[i]); err != nil {
			return ph, err
		}
	}
	ph.gather += watch.lap(Elsewhere)
	return ph, nil
}

// post posts the receives for the k-th grant.
func (d dynamicPeer[T]) post(slots []slot[T], k int) {
	i := k % len(slots)
	slots[i].reqs = d.expect(d.above, &slots[i].grant, chunk{first: i * d.here.chunk, count: d.here.chunk})
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

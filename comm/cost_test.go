package comm

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/wrap"
)

// runCollective runs collective k with count elements of the table's Workload,
// root the last rank.
func runCollective(ctx context.Context, c *Comm, k collective, count int) error {
	p, me, root := c.Size(), c.Rank(), c.Size()-1
	block, all := make([]int32, count), make([]int32, p*count)
	counts := slices.Repeat([]int{count}, p)
	sum := Sum[int32]()
	switch k {
	case barrier:
		return Barrier(ctx, c)
	case bcast:
		return Bcast(ctx, c, block, root)
	case gather:
		return Gather(ctx, c, block, all, root)
	case gatherv:
		return Gatherv(ctx, c, block, all, counts, nil, root)
	case scatter:
		return Scatter(ctx, c, all, block, root)
	case scatterv:
		return Scatterv(ctx, c, all, counts, nil, block, root)
	case allgather:
		return Allgather(ctx, c, block, all)
	case allgatherv:
		return Allgatherv(ctx, c, block, all, counts, nil)
	case alltoall:
		return Alltoall(ctx, c, all, slices.Clone(all))
	case alltoallv:
		return Alltoallv(ctx, c, all, counts, nil, slices.Clone(all), counts, nil)
	case reduce:
		return Reduce(ctx, c, block, slices.Clone(block), sum, root)
	case allreduce:
		return Allreduce(ctx, c, block, slices.Clone(block), sum)
	case reduceScatter:
		return ReduceScatter(ctx, c, all, block, counts, sum)
	case scan:
		return Scan(ctx, c, block, slices.Clone(block), sum)
	case exscan:
		return Exscan(ctx, c, block, slices.Clone(block), sum)
	}
	return fmt.Errorf("rank %d does not know collective %v", me, k)
}

// Every algorithm sends the messages and the bytes that it documents, and takes
// no more steps.
func TestCosts(t *testing.T) {
	for _, a := range Algorithms() {
		t.Run(a.Collective+"/"+a.Name, func(t *testing.T) {
			for _, p := range append(slices.Clone(worldSizes), 33) {
				for _, count := range []int{0, 1, 17, 500} {
					tune := testTuning()
					want := a.Cost(Workload{Ranks: p, Count: count, Size: 4, Segment: tune.segment, Short: tune.allreduceShort})
					if p == 1 {
						want = Cost{} // nobody to talk to
					}
					if got := measure(t, a, p, count, tune); got.Messages != want.Messages || got.Bytes != want.Bytes || got.Steps > want.Steps {
						t.Errorf("%d ranks, %d elements: %+v, documented %+v", p, count, got, want)
					}
				}
			}
		})
	}
}

// measure runs algorithm a and counts. What ranks agree upon once is left out.
func measure(t *testing.T, a Algorithm, p, count int, tune tuning) Cost {
	t.Helper()
	ranks := mem.NewWorld(p)
	timed := newClocks(ranks)
	counters := make([]*wrap.Counter, p)
	for r := range ranks {
		counters[r] = wrap.Count(timed[r])
		ranks[r] = counters[r]
	}
	comms := newComms(t, ranks, tune)
	run := func(a Algorithm) Cost {
		for _, err := range each(t, comms, func(ctx context.Context, c *Comm) error {
			forced, err := c.WithAlgorithm(a.Collective, a.Name)
			if err != nil {
				return err
			}
			return runCollective(ctx, forced, a.kind, count)
		}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		var total Cost
		for r := range ranks {
			messages, bytes := counters[r].Total()
			total.Messages += int(messages)
			total.Bytes += int(bytes)
			total.Steps = max(total.Steps, timed[r].now)
		}
		return total
	}
	var before Cost
	if a.Name == "node" {
		before = run(a)
	}
	got := run(a)
	return Cost{got.Steps - before.Steps, got.Messages - before.Messages, got.Bytes - before.Bytes}
}

// The steps documented for pipelines are what chooses between them, so they are
// held to more than an upper bound.
func TestPipelineSteps(t *testing.T) {
	for _, a := range Algorithms() {
		if a.kind != bcast || a.Name == "binomial" {
			continue
		}
		for _, p := range []int{2, 3, 7, 16, 33} {
			for _, s := range []int{2, 9, 100} {
				w := Workload{Ranks: p, Count: s * testSegment / 4, Size: 4, Segment: testSegment}
				want := a.Cost(w).Steps
				got := measure(t, a, p, w.Count, testTuning()).Steps
				if got > want || got < want-want/3-6 {
					t.Errorf("%s, %d ranks, %d segments: %d steps, documented %d", a.Name, p, s, got, want)
				}
			}
		}
	}
}

// A broadcast and a gather of 1,024 ranks make no rank talk to more than 33
// others, however long the message. Where it is short, they, barriers, reductions
// and splits all use the same p-1 pairs.
func TestFewPeers(t *testing.T) {
	const p, most = 1024, 33
	for _, count := range []int{1, 3 * 32 << 10} {
		ranks := mem.NewWorld(p)
		counters := make([]*wrap.Counter, p)
		for r := range ranks {
			counters[r] = wrap.Count(ranks[r])
			ranks[r] = counters[r]
		}
		for _, err := range each(t, newComms(t, ranks, defaultTuning()), func(ctx context.Context, c *Comm) error {
			if err := Bcast(ctx, c, make([]int32, count), 0); err != nil {
				return err
			}
			if err := Barrier(ctx, c); err != nil {
				return err
			}
			if _, err := c.Split(ctx, c.Rank()/128, 0); err != nil {
				return err
			}
			if err := Reduce(ctx, c, make([]int32, 1), make([]int32, 1), Sum[int32](), 0); err != nil {
				return err
			}
			send := make([]int32, min(count, 10))
			var recv []int32
			if c.Rank() == 0 {
				recv = make([]int32, p*len(send))
			}
			return Gatherv(ctx, c, send, recv, slices.Repeat([]int{len(send)}, p), nil, 0)
		}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		pairs := 0 // counted from both sides
		for r := range ranks {
			peers := 0
			for other := range ranks {
				out, _ := counters[r].Sent(other)
				in, _ := counters[other].Sent(r)
				if out > 0 || in > 0 {
					peers++
				}
			}
			if peers > most {
				t.Errorf("%d elements: rank %d talks to %d ranks, want at most %d", count, r, peers, most)
			}
			pairs += peers
		}
		if count == 1 && pairs != 2*(p-1) {
			t.Errorf("%d pairs of ranks talk, want %d", pairs/2, p-1)
		}
	}
}

var _ transport.Transport = (*clocked)(nil)

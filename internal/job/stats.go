package job

import (
	"context"
	"time"

	"gonum.org/v1/gonum/stat"

	"numcomp/comm"
	"numcomp/internal/sysmem"
)

// record is what one rank measured in one iteration.
type record struct {
	phases
	messages, bytes int64
	items           int64 // computed here
}

// A record travels as recordLen numbers: the phases in nanoseconds, messages,
// bytes, items. After its records every rank sends its peak memory in bytes.
const recordLen = 6

func (r record) encode(to []int64) []int64 {
	return append(to, int64(r.distribute), int64(r.compute), int64(r.gather), r.messages, r.bytes, r.items)
}

func decode(from []int64) record {
	return record{phases{time.Duration(from[0]), time.Duration(from[1]), time.Duration(from[2])}, from[3], from[4], from[5]}
}

// collect is collective: it brings all ranks' records, one an iteration, to rank
// 0. seconds is how long rank 0 measured each iteration to take.
func (r *Result) collect(ctx context.Context, c *comm.Comm, records []record, seconds []time.Duration) error {
	var mine []int64
	for _, rec := range records {
		mine = rec.encode(mine)
	}
	peak, err := sysmem.PeakRSS()
	if err != nil {
		peak = 0 // not Linux: unknown
	}
	mine = append(mine, peak)
	var all []int64
	if c.Rank() == 0 {
		all = make([]int64, len(mine)*c.Size())
	}
	if err := comm.Gather(ctx, c, mine, all, 0); err != nil || c.Rank() != 0 {
		return err
	}
	r.PeakRSS = peak
	for rank := range c.Size() {
		r.PeakRSSMax = max(r.PeakRSSMax, all[(rank+1)*len(mine)-1])
	}
	for i, took := range seconds {
		ranks := make([]record, c.Size())
		for rank := range ranks {
			ranks[rank] = decode(all[rank*len(mine)+i*recordLen:])
		}
		r.Iterations = append(r.Iterations, newIteration(i, i < r.Plan.Config.Burns, took, ranks))
	}
	r.summarize()
	return nil
}

// newIteration joins what the ranks measured of iteration i, which took that long.
func newIteration(i int, burn bool, took time.Duration, ranks []record) Iteration {
	it := Iteration{Index: i, Burn: burn, Seconds: took.Seconds()}
	phase := func(of func(record) time.Duration) Seconds {
		var total, most time.Duration
		for _, r := range ranks {
			d := of(r)
			total += d
			most = max(most, d)
		}
		return Seconds{Mean: total.Seconds() / float64(len(ranks)), Max: most.Seconds()}
	}
	it.Distribute = phase(func(r record) time.Duration { return r.distribute })
	it.Compute = phase(func(r record) time.Duration { return r.compute })
	it.Gather = phase(func(r record) time.Duration { return r.gather })
	it.Idle = phase(func(r record) time.Duration { return max(0, took-r.distribute-r.compute-r.gather) })
	for rank, r := range ranks {
		it.MessagesMoved += r.messages
		it.BytesMoved += r.bytes
		if rank > 0 {
			it.ItemsElsewhere += r.items
		}
	}
	return it
}

// summarize computes what is told of all counted iterations.
func (r *Result) summarize() {
	counted := r.Counted()
	seconds := make([]float64, len(counted))
	var bytes, messages float64
	for i, it := range counted {
		seconds[i] = it.Seconds
		bytes += float64(it.BytesMoved)
		messages += float64(it.MessagesMoved)
	}
	r.MeanSeconds, r.StdSeconds = stat.PopMeanStdDev(seconds, nil)
	if r.MeanSeconds > 0 {
		r.ItemsPerSecond = float64(r.Plan.Items) / r.MeanSeconds
	}
	r.BytesMoved = bytes / float64(len(counted))
	r.MessagesMoved = messages / float64(len(counted))
	r.BytesDistributed = r.Plan.BytesDistributed(r.World.Size)
	r.BytesGathered = r.Plan.BytesGathered()
}

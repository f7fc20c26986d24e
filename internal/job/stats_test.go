package job

import (
	"math"
	"testing"
	"time"
)

func TestRecordsTravel(t *testing.T) {
	want := record{phases{1, 2, 3}, 4, 5, 6}
	text := want.encode(nil)
	if got := decode(text); len(text) != recordLen || got != want {
		t.Errorf("%v from %v", got, text)
	}
}

func TestNewIteration(t *testing.T) {
	const ms = time.Millisecond
	it := newIteration(3, true, 100*ms, []record{
		{phases{10 * ms, 50 * ms, 40 * ms}, 5, 1000, 100},
		{phases{20 * ms, 30 * ms, 10 * ms}, 7, 2000, 20},
		{phases{30 * ms, 90 * ms, 10 * ms}, 0, 3, 3}, // longer than rank 0's: no idle time
	})
	near := func(name string, got, want Seconds) {
		t.Helper()
		if math.Abs(got.Mean-want.Mean) > 1e-12 || math.Abs(got.Max-want.Max) > 1e-12 {
			t.Errorf("%s %+v, want %+v", name, got, want)
		}
	}
	near("distribute", it.Distribute, Seconds{0.020, 0.030})
	near("compute", it.Compute, Seconds{0.170 / 3, 0.090})
	near("gather", it.Gather, Seconds{0.020, 0.040})
	near("idle", it.Idle, Seconds{0.040 / 3, 0.040})
	if it.Index != 3 || !it.Burn || it.Seconds != 0.1 || it.MessagesMoved != 12 || it.BytesMoved != 3003 || it.ItemsElsewhere != 23 {
		t.Errorf("%+v", it)
	}
}

func TestSummary(t *testing.T) {
	r := Result{Plan: Plan{Config: Config{Burns: 2}, Items: 30}}
	r.World.Size = 1
	// The burns must not count; 2, 4, 4, 4, 5, 5, 7, 9 have the mean 5 and the
	// population's standard deviation 2.
	for i, s := range []float64{1000, 2000, 2, 4, 4, 4, 5, 5, 7, 9} {
		r.Iterations = append(r.Iterations, Iteration{Index: i, Burn: i < 2, Seconds: s, BytesMoved: int64(100 * i), MessagesMoved: int64(i)})
	}
	r.summarize()
	if r.MeanSeconds != 5 || r.StdSeconds != 2 || r.ItemsPerSecond != 6 {
		t.Errorf("mean %v, standard deviation %v, %v items a second", r.MeanSeconds, r.StdSeconds, r.ItemsPerSecond)
	}
	if r.BytesMoved != 550 || r.MessagesMoved != 5.5 {
		t.Errorf("%v bytes, %v messages", r.BytesMoved, r.MessagesMoved)
	}
}

package job

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"numcomp/kernels"
)

var (
	sizes    = []int{1, 2, 3, 4, 5, 8}
	handouts = []struct {
		schedule Schedule
		chunk    int
	}{{Static, 0}, {Dynamic, 0}, {Dynamic, 1}, {Dynamic, 3}, {Dynamic, 100}}
)

// layouts are ways in which ranks lie on nodes whose ranks share memory.
var layouts = []struct {
	name string
	node func(rank int) int
}{
	{"nothing shared", nil},
	{"one node", func(int) int { return 0 }},
	{"nodes of two", func(r int) int { return r / 2 }},
	{"rank 0 alone", func(r int) int { return min(r, 1) }},
	{"a node of three, then others alone", func(r int) int { return max(r, 2) }},
}

// TestResultsAreTheSerialOnes holds every way to compute to the same bits. The
// ranks' memory is poisoned between iterations, so that what is not distributed
// or gathered anew shows.
func TestResultsAreTheSerialOnes(t *testing.T) {
	const items = 11
	ramp := small(items)
	ramp.Fill = Ramp
	for _, c := range []struct {
		name string
		cfg  Config
		in   *Input
	}{
		{"generated", small(items), nil},
		{"ramp", ramp, nil},
		{"one image, one filter", small(items), &Input{Arrays: stack(9, 14), Filters: stack(2, 5)}},
		{"one image, a bank", small(items), &Input{Arrays: stack(9, 14), Filters: stack(items, 2, 5)}},
		{"generated image, a bank", small(items), &Input{Filters: stack(items, 2, 5)}},
		{"generated, one filter", small(items), &Input{Filters: stack(3, 3)}},
	} {
		c.cfg.Size, c.cfg.Filter = sizeUnlessRead(c.cfg, c.in)
		for _, distribution := range []Distribution{Broadcast, Scatter} {
			t.Run(fmt.Sprintf("%s/%s", c.name, distribution), func(t *testing.T) {
				c.cfg.Distribution = distribution
				everyWay[float64](t, c.cfg, c.in)
				everyWay[float32](t, c.cfg, c.in)
			})
		}
	}
	t.Run("images", func(t *testing.T) {
		cfg := small(0)
		cfg.Size = kernels.Shape{}
		everyWay[float64](t, cfg, &Input{Arrays: stack(items, 9, 14)})
	})
	t.Run("exp", func(t *testing.T) {
		cfg := small(items)
		cfg.Kernel, cfg.Filter = "exp", kernels.Shape{}
		everyWay[float64](t, cfg, nil)
	})
}

// sizeUnlessRead leaves out the shapes that in has.
func sizeUnlessRead(cfg Config, in *Input) (size, filter kernels.Shape) {
	size, filter = cfg.Size, cfg.Filter
	if in != nil && in.Arrays != nil {
		size = kernels.Shape{}
	}
	if in != nil && in.Filters != nil {
		filter = kernels.Shape{}
	}
	return size, filter
}

func everyWay[T kernels.Float](t *testing.T, cfg Config, in *Input) {
	t.Helper()
	if _, single := any(T(0)).(float32); single {
		cfg.DType = Float32
	}
	want := serial[T](t, cfg, in)
	for _, size := range sizes {
		for _, h := range handouts {
			cfg.Schedule, cfg.Chunk = h.schedule, h.chunk
			for _, l := range layouts {
				for _, cfg.InPlace = range []bool{false, true} {
					if cfg.InPlace && (l.node == nil && size > 1 || h.chunk > 1) || l.node != nil && (size == 2 || size == 4 || h.chunk == 3) {
						continue // not possible, or much the same as another
					}
					if res := doOn(t, l.node, size, cfg, Options{Load: load(in)}); res.SHA256 != want {
						t.Errorf("%d ranks, %s, %s, chunk %d, %s, in place %v: other results than one after the other", size, cfg.DType, h.schedule, h.chunk, l.name, cfg.InPlace)
					}
				}
			}
		}
	}
}

// TestDistributionOfTheSameData: an image for all gives the same results whether
// it is broadcast or every item is sent a copy.
func TestDistributionOfTheSameData(t *testing.T) {
	in := &Input{Arrays: stack(9, 14)}
	cfg := small(7)
	cfg.Size = kernels.Shape{}
	var hashes []string
	for _, distribution := range []Distribution{Broadcast, Scatter} {
		cfg.Distribution = distribution
		hashes = append(hashes, do(t, 3, cfg, Options{Load: load(in)}).SHA256)
	}
	if hashes[0] != hashes[1] {
		t.Error("broadcast and scatter of one image give different results")
	}
}

func TestMoreRanksThanItems(t *testing.T) {
	for _, distribution := range []Distribution{Broadcast, Scatter} {
		cfg := small(2)
		cfg.Distribution = distribution
		want := serial[float64](t, cfg, nil)
		for _, h := range handouts {
			cfg.Schedule, cfg.Chunk = h.schedule, h.chunk
			if res := do(t, 7, cfg, Options{}); res.SHA256 != want {
				t.Errorf("%s, %s, chunk %d: other results", distribution, h.schedule, h.chunk)
			}
		}
	}
}

// TestGatherByTree uses more ranks than a linear pattern is chosen for.
func TestGatherByTree(t *testing.T) {
	for _, distribution := range []Distribution{Broadcast, Scatter} {
		for _, schedule := range []Schedule{Static, Dynamic} {
			cfg := small(50)
			cfg.Iterations, cfg.Burns = 1, 0
			cfg.Distribution, cfg.Schedule = distribution, schedule
			if res := do(t, 40, cfg, Options{}); res.SHA256 != serial[float64](t, cfg, nil) {
				t.Errorf("%s, %s: other results", distribution, schedule)
			}
		}
	}
}

func TestResultOfAStaticBroadcast(t *testing.T) {
	const size, n = 4, 10
	cfg := small(n)
	cfg.KeepResults = true
	var started, ends []int
	var lines []Iteration
	o := Options{
		Launcher: "test", Engine: "mem", Start: 1500 * time.Millisecond,
		Started: func(r *Result) {
			started = append(started, r.World.Size, r.Plan.Items, int(r.Footprint.Total()))
		},
		Iterated: func(it Iteration) { lines = append(lines, it) },
		Items: func(iteration, done, total int) {
			if total != n {
				t.Errorf("%d items in all, want %d", total, n)
			}
			if done == total {
				ends = append(ends, iteration)
			}
		},
	}
	r := do(t, size, cfg, o)

	array, params, result := int64(13*11*8), int64(3*4*8), int64(8*7*8)
	if want := []int{size, n, int(array + n*params + n*result)}; !slices.Equal(started, want) {
		t.Errorf("started with %v, want %v", started, want)
	}
	if !slices.Equal(ends, []int{0, 1, 2}) {
		t.Errorf("all items were done in the iterations %v", ends)
	}
	if len(lines) != 3 || len(r.Iterations) != 3 || len(r.Counted()) != 2 {
		t.Fatalf("%d lines, %d iterations, %d counted", len(lines), len(r.Iterations), len(r.Counted()))
	}
	for i, it := range r.Iterations {
		if it.Index != i || it.Burn != (i == 0) || it.Seconds != lines[i].Seconds || lines[i].Index != i || lines[i].Burn != it.Burn {
			t.Errorf("iteration %d is %+v, its line was %+v", i, it, lines[i])
		}
		if it.Seconds <= 0 {
			t.Errorf("iteration %d took %v s", i, it.Seconds)
		}
		for _, s := range []Seconds{it.Distribute, it.Compute, it.Gather, it.Idle} {
			if s.Mean < 0 || s.Max < s.Mean {
				t.Errorf("iteration %d: %+v", i, s)
			}
		}
		// Rank 0 sends the array (3 messages of a binomial tree, in pieces or not)
		// and the other ranks' filters; they send their results. Lengths may be
		// announced beside.
		own := int64(2) // items of rank 0: floor(10/4)
		if least := 3*array + (n-own)*(params+result); it.BytesMoved < least || it.BytesMoved > least+2000 {
			t.Errorf("iteration %d moved %d bytes, want about %d", i, it.BytesMoved, least)
		}
		if it.MessagesMoved < 9 {
			t.Errorf("iteration %d moved %d messages", i, it.MessagesMoved)
		}
	}
	if want := size*array + n*params; r.BytesDistributed != want {
		t.Errorf("distributed %d, want %d", r.BytesDistributed, want)
	}
	if want := n * result; r.BytesGathered != want {
		t.Errorf("gathered %d, want %d", r.BytesGathered, want)
	}
	w := r.World
	if w.Size != size || w.Nodes != 1 || w.Launcher != "test" || w.Engine != "mem" || w.Kernel != "conv2d" || w.Variant == "" {
		t.Errorf("world %+v", w)
	}
	if r.StartSeconds != 1.5 || r.PeakRSSMax < r.PeakRSS {
		t.Errorf("start %v s, peak %d and %d", r.StartSeconds, r.PeakRSS, r.PeakRSSMax)
	}
	if len(r.Values64) != n*8*7 || hash(r.Values64) != r.SHA256 {
		t.Errorf("%d values", len(r.Values64))
	}
	r.Close()
	if r.Values64 != nil {
		t.Error("values after Close")
	}
}

func TestBytesDistributedByScatter(t *testing.T) {
	cfg := small(10)
	cfg.Distribution, cfg.DType = Scatter, Float32
	r := do(t, 3, cfg, Options{Load: load(&Input{Filters: stack(3, 4)})})
	if want := int64(10*13*11*4 + 3*3*4*4); r.BytesDistributed != want {
		t.Errorf("distributed %d, want %d", r.BytesDistributed, want)
	}
	if r.Values32 != nil {
		t.Error("values were kept unasked")
	}
}

// TestEverythingIsDistributedAnew: the iterations of a static job move the same.
func TestEverythingIsDistributedAnew(t *testing.T) {
	for _, distribution := range []Distribution{Broadcast, Scatter} {
		cfg := small(9)
		cfg.Distribution = distribution
		r := do(t, 4, cfg, Options{})
		for _, it := range r.Iterations {
			if it.BytesMoved != r.Iterations[0].BytesMoved || it.MessagesMoved != r.Iterations[0].MessagesMoved {
				t.Errorf("%s: iteration %d moved %d bytes in %d messages, the first %d in %d", distribution,
					it.Index, it.BytesMoved, it.MessagesMoved, r.Iterations[0].BytesMoved, r.Iterations[0].MessagesMoved)
			}
		}
		if r.BytesMoved != float64(r.Iterations[0].BytesMoved) || r.MessagesMoved != float64(r.Iterations[0].MessagesMoved) {
			t.Errorf("%s: %v bytes and %v messages on average", distribution, r.BytesMoved, r.MessagesMoved)
		}
	}
}

func TestWorkTimePasses(t *testing.T) {
	for _, mode := range []WorkMode{Compute, Sleep} {
		cfg := small(2)
		cfg.WorkTime, cfg.WorkMode = 20*time.Millisecond, mode
		cfg.Iterations, cfg.Burns = 1, 0
		r := do(t, 1, cfg, Options{})
		// The work time is a lower bound by the clock, and there is no upper one.
		if got := r.Iterations[0].Compute.Max; got < 0.040 {
			t.Errorf("%s: 2 items of 20 ms took %v s", mode, got)
		}
		cfg.WorkTime = 0
		if want := serial[float64](t, cfg, nil); r.SHA256 != want {
			t.Errorf("%s: other results", mode)
		}
	}
}

// TestTheLeastCapableVariant: one rank that runs only the reference makes all run it.
func TestTheLeastCapableVariant(t *testing.T) {
	if kernels.Best("conv2d") == 0 {
		t.Skip("this machine runs only the reference variant")
	}
	sides := world(t, t.Context(), 3, small(5), Options{}, func(rank int, s *side) {
		if rank == 2 {
			s.o.hooks.variant = func(string) int { return 0 }
		}
	})
	for rank, s := range sides {
		if s.err != nil || s.res.World.Variant != "reference" {
			t.Errorf("rank %d: error %v, world %+v", rank, s.err, s.res.World)
		}
	}
}

// TestOneRank is a world of 1: nothing is sent.
func TestOneRank(t *testing.T) {
	for _, schedule := range []Schedule{Static, Dynamic} {
		cfg := small(3)
		cfg.Schedule = schedule
		r := do(t, 1, cfg, Options{})
		if r.BytesMoved != 0 {
			t.Errorf("%s: moved %v bytes", schedule, r.BytesMoved)
		}
		if it := r.Iterations[0]; it.Compute.Mean != it.Compute.Max {
			t.Errorf("%s: mean %v and maximum %v of one rank", schedule, it.Compute.Mean, it.Compute.Max)
		}
	}
}

func TestInputIsLeftAlone(t *testing.T) {
	in := &Input{Arrays: stack(4, 9, 14), Filters: stack(4, 2, 2)}
	before := hash(slices.Concat(in.Arrays.Data, in.Filters.Data))
	cfg := small(0)
	cfg.Size, cfg.Filter = kernels.Shape{}, kernels.Shape{}
	r := do(t, 3, cfg, Options{Load: load(in)})
	if hash(slices.Concat(in.Arrays.Data, in.Filters.Data)) != before {
		t.Error("the job wrote to its input")
	}
	if !strings.Contains(r.Plan.ItemsFrom, "--input") {
		t.Errorf("items from %q", r.Plan.ItemsFrom)
	}
}

// TestItemsElsewhere: under the static schedule rank 0 of 4 has 2 of 10 items, in
// every iteration; a world of one leaves none to others.
func TestItemsElsewhere(t *testing.T) {
	for size, want := range map[int]int64{1: 0, 4: 8} {
		for _, it := range do(t, size, small(10), Options{}).Iterations {
			if it.ItemsElsewhere != want {
				t.Errorf("%d ranks, iteration %d: %d items elsewhere, want %d", size, it.Index, it.ItemsElsewhere, want)
			}
		}
	}
	cfg := small(10)
	cfg.Schedule, cfg.WorkTime, cfg.WorkMode = Dynamic, 20*time.Millisecond, Sleep
	total := int64(0)
	for _, it := range do(t, 4, cfg, Options{}).Iterations {
		total += it.ItemsElsewhere
	}
	if total < 1 {
		t.Error("dynamic: rank 0 computed all items, while each took it 20 ms")
	}
}

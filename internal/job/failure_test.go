package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"numcomp/internal/sysmem"
	"numcomp/kernels"
)

// allFail holds every rank to the failure of one of them: the culprit has its
// error, the others its text, and its kind.
func allFail(t *testing.T, sides []side, culprit int, text string, isUsage bool) {
	t.Helper()
	for rank, s := range sides {
		var r *RankError
		var u *UsageError
		switch {
		case !errors.As(s.err, &r):
			t.Errorf("rank %d: error %v", rank, s.err)
		case r.Rank != culprit || r.Mine != (rank == culprit):
			t.Errorf("rank %d: rank %d failed, mine %v", rank, r.Rank, r.Mine)
		case !strings.Contains(s.err.Error(), text):
			t.Errorf("rank %d: error %v, want %q", rank, s.err, text)
		case errors.As(s.err, &u) != isUsage:
			t.Errorf("rank %d: usage %v: %v", rank, !isUsage, s.err)
		case s.res != nil:
			t.Errorf("rank %d: a result beside the error", rank)
		}
	}
}

func TestUnreadableInputEndsAllRanks(t *testing.T) {
	o := Options{Load: func() (*Input, error) {
		return nil, &fs.PathError{Op: "open", Path: "a.npy", Err: fs.ErrNotExist}
	}}
	sides := world(t, t.Context(), 5, small(3), o, nil)
	allFail(t, sides, 0, "open a.npy: file does not exist", false)
	if !errors.Is(sides[0].err, fs.ErrNotExist) {
		t.Error("rank 0 lost the cause")
	}
}

// usageOfLoad is an error of another package that says that it is one of usage.
type usageOfLoad struct{ error }

func (usageOfLoad) Usage() bool { return true }

func TestUsageErrorOfLoad(t *testing.T) {
	o := Options{Load: func() (*Input, error) {
		return nil, fmt.Errorf("wrapped: %w", usageOfLoad{errors.New("not an array")})
	}}
	sides := world(t, t.Context(), 3, small(3), o, nil)
	for rank, s := range sides {
		var u interface{ Usage() bool }
		if !errors.As(s.err, &u) || !u.Usage() || s.err.Error() != "wrapped: not an array" {
			t.Errorf("rank %d: error %v", rank, s.err)
		}
	}
}

func TestBadPlanEndsAllRanks(t *testing.T) {
	cfg := small(3)
	cfg.Size = kernels.Shape{}
	o := Options{Load: load(&Input{Arrays: stack(4, 5, 6)})}
	allFail(t, world(t, t.Context(), 4, cfg, o, nil), 0, "disagree on the number of items: 4 and 3", true)
}

func TestOtherFlagsEndAllRanks(t *testing.T) {
	sides := world(t, t.Context(), 5, small(3), Options{}, func(rank int, s *side) {
		if rank >= 3 {
			s.cfg.Seed, s.cfg.Schedule = 7, Dynamic
		}
	})
	allFail(t, sides, 3, "rank 3: started with other flags than rank 0 (--seed: 7 here, 1 on rank 0; --schedule: dynamic here, static on rank 0)", true)
}

func TestTooLittleMemoryEndsAllRanks(t *testing.T) {
	cfg := small(10)
	// The four ranks share a node: 4 arrays, the filters and results of rank 0, and
	// those of the 8 items of the others.
	need := int64(4*13*11*8 + 18*3*4*8 + 18*8*7*8)
	for _, available := range []int64{0, 5000, need - 1} {
		o := Options{Host: "n7", hooks: hooks{available: func() (sysmem.Memory, error) {
			return sysmem.Memory{Bytes: available, Source: "a test"}, nil
		}}}
		sides := world(t, t.Context(), 4, cfg, o, nil)
		allFail(t, sides, 0, fmt.Sprintf("(%d bytes) of memory on n7 (results 7.88 KiB, arrays 4.47 KiB, parameters 1.69 KiB), and", need), false)
		var m *MemoryError
		if !errors.As(sides[0].err, &m) || m.Needed != need || m.Available != available || !strings.Contains(m.Error(), "a test") {
			t.Errorf("%+v", m)
		}
	}
	for _, hook := range []func() (sysmem.Memory, error){
		func() (sysmem.Memory, error) { return sysmem.Memory{Bytes: need}, nil },
		func() (sysmem.Memory, error) { return sysmem.Memory{}, errors.New("unknown here") },
	} {
		for rank, s := range world(t, t.Context(), 4, cfg, Options{hooks: hooks{available: hook}}, nil) {
			if s.err != nil {
				t.Errorf("rank %d: %v", rank, s.err)
			}
		}
	}
}

// TestMoreMemoryThanThereIs uses the real sysmem: nothing may be allocated.
func TestMoreMemoryThanThereIs(t *testing.T) {
	if _, err := sysmem.Available(); err != nil {
		t.Skip("no telling what memory is available: ", err)
	}
	if math.MaxInt < math.MaxInt64 {
		t.Skip("sizes beyond all memory need a 64-bit int")
	}
	arrays := small(1)
	arrays.Size = kernels.Shape{Rows: math.MaxInt >> 41, Cols: math.MaxInt >> 41}
	results := small(math.MaxInt >> 13)
	results.Size, results.Filter = kernels.Shape{Rows: 1, Cols: 1}, kernels.Shape{Rows: 1, Cols: 1}
	beyond := small(math.MaxInt >> 1)
	for want, cfg := range map[string]Config{
		"(arrays ":  arrays,
		"(results ": results,
		"needs more than 8 EiB of memory on this machine": beyond,
	} {
		for _, size := range []int{1, 2} {
			allFail(t, world(t, t.Context(), size, cfg, Options{}, nil), 0, want, false)
		}
	}
}

// TestMemoryOfTheInputIsNotCountedTwice: what rank 0 has read is there already.
func TestMemoryOfTheInputIsNotCountedTwice(t *testing.T) {
	cfg := small(1)
	cfg.Size, cfg.Filter = kernels.Shape{}, kernels.Shape{}
	o := Options{
		Load: load(&Input{Arrays: stack(100, 100), Filters: stack(3, 3)}),
		hooks: hooks{available: func() (sysmem.Memory, error) {
			return sysmem.Memory{Bytes: 51 * 51 * 8}, nil // the result
		}},
	}
	if r := do(t, 1, cfg, o); r.Footprint.Arrays != 80000 {
		t.Errorf("footprint %+v", r.Footprint)
	}
	cfg.DType = Float32
	allFail(t, world(t, t.Context(), 1, cfg, o, nil), 0, "arrays 39.1 KiB", false)
}

// TestCancelMidRun ends jobs that would never end, at their first iteration.
func TestCancelMidRun(t *testing.T) {
	for _, distribution := range []Distribution{Broadcast, Scatter} {
		for _, schedule := range []Schedule{Static, Dynamic} {
			for _, mode := range []WorkMode{Compute, Sleep} {
				for _, size := range []int{1, 4} {
					t.Run(fmt.Sprintf("%s/%s/%s/%d", distribution, schedule, mode, size), func(t *testing.T) {
						cfg := small(8)
						cfg.Distribution, cfg.Schedule = distribution, schedule
						cfg.WorkTime, cfg.WorkMode = time.Hour, mode
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						o := Options{Started: func(*Result) { cancel() }}
						for rank, s := range world(t, ctx, size, cfg, o, nil) {
							if s.err == nil {
								t.Errorf("rank %d: no error", rank)
							}
						}
					})
				}
			}
		}
	}
}

// TestCancelVerification: nothing is known of results whose verification was ended.
func TestCancelVerification(t *testing.T) {
	for _, size := range []int{1, 3} {
		cfg := small(6)
		cfg.Verify = true
		ctx, cancel := context.WithCancel(t.Context())
		sides := world(t, t.Context(), size, cfg, Options{}, func(rank int, s *side) {
			if rank == 0 {
				s.ctx = ctx
				s.o.hooks.tamper = func(any) { cancel() } // after the last iteration
			}
		})
		if s := sides[0]; !errors.Is(s.err, context.Canceled) || s.res != nil {
			t.Errorf("%d ranks: a result %v, error %v", size, s.res != nil, s.err)
		}
		cancel()
	}
}

// TestParallelEndsEarly is what filling and verifying rest on.
func TestParallelEndsEarly(t *testing.T) {
	for _, n := range []int{1, 4} {
		ctx, cancel := context.WithCancelCause(t.Context())
		var calls atomic.Int64
		err := parallel(ctx, math.MaxInt, n, func(_, i int) {
			switch nth := calls.Add(1); {
			case nth == 10:
				cancel(errors.New("enough"))
			case nth > 10:
				<-ctx.Done() // what counts is who begins one after that
			}
		})
		if got := calls.Load(); err == nil || err.Error() != "enough" || got < 10 || got > int64(10+n) {
			t.Errorf("%d goroutines: %d calls, error %v", n, got, err)
		}
		calls.Store(0)
		if err := parallel(t.Context(), 100, n, func(_, i int) { calls.Add(1) }); err != nil || calls.Load() != 100 {
			t.Errorf("%d goroutines: %d calls, error %v", n, calls.Load(), err)
		}
	}
}

// TestOneRankGivesUp: when one rank alone ends, all others do.
func TestOneRankGivesUp(t *testing.T) {
	for _, distribution := range []Distribution{Broadcast, Scatter} {
		for _, schedule := range []Schedule{Static, Dynamic} {
			for _, culprit := range []int{0, 2} {
				t.Run(fmt.Sprintf("%s/%s/%d", distribution, schedule, culprit), func(t *testing.T) {
					cfg := small(12)
					cfg.Distribution, cfg.Schedule, cfg.Chunk = distribution, schedule, 0
					cfg.Iterations = 1_000_000_000 // the culprit ends it
					mine, giveUp := context.WithCancel(t.Context())
					defer giveUp()
					o := Options{Iterated: func(it Iteration) {
						if it.Index == 3 {
							giveUp()
						}
					}}
					sides := world(t, t.Context(), 4, cfg, o, func(rank int, s *side) {
						if rank == culprit {
							s.ctx = mine
						}
					})
					for rank, s := range sides {
						if s.err == nil {
							t.Errorf("rank %d: no error", rank)
						}
						if rank == culprit && !errors.Is(s.err, context.Canceled) {
							t.Errorf("rank %d: %v", rank, s.err)
						}
					}
				})
			}
		}
	}
}

// TestLongErrorIsWhole: an error longer than a message's first part reaches all.
func TestLongErrorIsWhole(t *testing.T) {
	for _, n := range []int{headBytes - 1, headBytes, headBytes + 1, 3 * headBytes} {
		text := strings.Repeat("x", n)
		o := Options{Load: func() (*Input, error) { return nil, errors.New(text) }}
		allFail(t, world(t, t.Context(), 3, small(3), o, nil), 0, text, false)
	}
}

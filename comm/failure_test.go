package comm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/wrap"
)

var errInjected = errors.New("injected")

// membersOf gives each of p ranks its own host.
func membersOf(p int) transport.List[Member] {
	members := make(transport.List[Member], p)
	for r := range members {
		members[r] = Member{Host: fmt.Sprintf("n%d", r)}
	}
	return members
}

// Whatever message of whatever algorithm fails, every rank that still needs
// others gets an error, none hangs, and the one where it failed names the peer
// and its host.
func TestFailures(t *testing.T) {
	for _, a := range Algorithms() {
		t.Run(a.Collective+"/"+a.Name, func(t *testing.T) {
			for _, p := range []int{2, 5, 8} {
				for _, count := range []int{3, 300} {
					for n := range 4 {
						failAt(t, a, p, count, n)
					}
				}
			}
		})
	}
}

// failAt runs algorithm a while rank 1 loses its connections: its n-th operation
// fails and all that follow.
func failAt(t *testing.T, a Algorithm, p, count, n int) {
	t.Helper()
	const victim = 1
	ranks := mem.NewWorld(p)
	var texts []string // what the victim may say
	ranks[victim] = wrap.Fail(ranks[victim], func(o wrap.Operation) error {
		if o.Index < n {
			return nil
		}
		step := "recv from"
		if o.Send {
			step = "send to"
		}
		texts = append(texts, fmt.Sprintf("rank 1 of %d: comm: %s: %s rank %d (host n%d): injected", p, a.Collective, step, o.Peer, o.Peer))
		return errInjected
	})
	comms := newComms(t, ranks, testTuning())
	for _, c := range comms {
		c.world.members = membersOf(p)
	}
	errs := each(t, comms, func(ctx context.Context, c *Comm) error {
		forced, err := c.WithAlgorithm(a.Collective, a.Name)
		if err != nil {
			return err
		}
		return runCollective(ctx, forced, a.kind, count)
	})
	if texts == nil { // the algorithm has fewer operations there
		if err := errors.Join(errs...); err != nil {
			t.Errorf("%d ranks: %v", p, err)
		}
		return
	}
	if err := errs[victim]; err == nil || !slices.Contains(texts, err.Error()) {
		t.Errorf("%d ranks, operation %d: error is %v, want one of %q", p, n, err, texts)
	}
	for r, err := range errs {
		if err != nil && !errors.Is(err, errInjected) {
			t.Errorf("%d ranks, operation %d: rank %d does not know why: %v", p, n, r, err)
		}
	}
}

// Ranks whose lengths differ find out, whichever algorithms they choose: one of
// them at least says so, and none hangs or succeeds where it depends on another.
func TestLengthsDiffer(t *testing.T) {
	sum := Sum[int32]()
	pairs := [][2]int{{0, 1}, {1, 0}, {1, 2}, {2, 1}, {2, 0}, {16, 17}, {16, 32}, {8, 200}, {200, 8}, {200, 0}, {0, 200}, {200, 400}, {400, 200}, {2, 16}, {16, 2}, {25, 50}, {50, 25}}
	calls := map[collective]func(ctx context.Context, c *Comm, n int) error{
		bcast: func(ctx context.Context, c *Comm, n int) error { return Bcast(ctx, c, make([]int32, n), 0) },
		gather: func(ctx context.Context, c *Comm, n int) error {
			return Gather(ctx, c, make([]int32, n), make([]int32, n*c.Size()), 0)
		},
		gatherv: func(ctx context.Context, c *Comm, n int) error {
			return Gatherv(ctx, c, make([]int32, n), make([]int32, n*c.Size()), slices.Repeat([]int{n}, c.Size()), nil, 0)
		},
		scatter: func(ctx context.Context, c *Comm, n int) error {
			return Scatter(ctx, c, make([]int32, n*c.Size()), make([]int32, n), 0)
		},
		scatterv: func(ctx context.Context, c *Comm, n int) error {
			return Scatterv(ctx, c, make([]int32, n*c.Size()), slices.Repeat([]int{n}, c.Size()), nil, make([]int32, n), 0)
		},
		allgather: func(ctx context.Context, c *Comm, n int) error {
			return Allgather(ctx, c, make([]int32, n), make([]int32, n*c.Size()))
		},
		alltoall: func(ctx context.Context, c *Comm, n int) error {
			return Alltoall(ctx, c, make([]int32, n*c.Size()), make([]int32, n*c.Size()))
		},
		reduce: func(ctx context.Context, c *Comm, n int) error {
			return Reduce(ctx, c, make([]int32, n), make([]int32, n), sum, 0)
		},
		allreduce: func(ctx context.Context, c *Comm, n int) error {
			return Allreduce(ctx, c, make([]int32, n), make([]int32, n), sum)
		},
		reduceScatter: func(ctx context.Context, c *Comm, n int) error {
			return ReduceScatter(ctx, c, make([]int32, n*c.Size()), make([]int32, n), slices.Repeat([]int{n}, c.Size()), sum)
		},
		scan: func(ctx context.Context, c *Comm, n int) error {
			return Scan(ctx, c, make([]int32, n), make([]int32, n), sum)
		},
		exscan: func(ctx context.Context, c *Comm, n int) error {
			return Exscan(ctx, c, make([]int32, n), make([]int32, n), sum)
		},
	}
	for k, call := range calls {
		t.Run(k.String(), func(t *testing.T) {
			for _, p := range []int{2, 3, 4, 5, 7, 8} {
				for _, lengths := range pairs {
					for _, odd := range []int{0, 1, p / 2 &^ 1, p - 1} { // a leaf of the trees, and not
						errs := each(t, newComms(t, mem.NewWorld(p), testTuning()), func(ctx context.Context, c *Comm) error {
							if c.Rank() == odd {
								return call(ctx, c, lengths[1])
							}
							return call(ctx, c, lengths[0])
						})
						if err := errors.Join(errs...); !errors.Is(err, ErrLength) {
							t.Errorf("%d ranks, %d elements, rank %d %d: %v", p, lengths[0], odd, lengths[1], err)
						}
						for _, err := range errs {
							if errors.Is(err, context.DeadlineExceeded) {
								t.Errorf("%d ranks, %d elements, rank %d %d: a rank hung", p, lengths[0], odd, lengths[1])
								break
							}
						}
					}
				}
			}
		})
	}
}

// Lengths that differ from the root's counts but have the right sum are found
// too.
func TestCountsDiffer(t *testing.T) {
	counts := []int{3, 3, 3, 3, 3, 3, 3, 3}
	mine := []int{3, 3, 4, 2, 3, 3, 3, 3}
	forEachAlgorithm(t, gatherv, func(t *testing.T, with func(*Comm) *Comm) {
		errs := each(t, newComms(t, mem.NewWorld(8), testTuning()), func(ctx context.Context, c *Comm) error {
			return Gatherv(ctx, with(c), make([]int32, mine[c.Rank()]), make([]int32, 24), counts, nil, 0)
		})
		if !errors.Is(errs[0], ErrLength) || !strings.Contains(errs[0].Error(), "rank 2") && !strings.Contains(errs[0].Error(), "rank 3") {
			t.Errorf("error is %v", errs[0])
		}
	})
}

// What broke the world at another rank is not taken for this one's own.
func TestExplain(t *testing.T) {
	own := fmt.Errorf("tcp: %w", transport.ErrTruncated)
	if err := explain(own); !errors.Is(err, ErrLength) || !errors.Is(err, own) {
		t.Errorf("%v", err)
	}
	others := fmt.Errorf("rank 2 broke the world: %w", &Error{Op: "recv", Err: transport.ErrTruncated})
	if err := explain(others); err != others {
		t.Errorf("%v", err)
	}
}

// A context that ends ends the collective everywhere.
func TestCancel(t *testing.T) {
	for _, a := range Algorithms() {
		t.Run(a.Collective+"/"+a.Name, func(t *testing.T) {
			const p, missing = 5, 2
			// All ranks but one call the collective; that one ends the context of
			// the others, before, while or after they wait.
			cancelled, cancel := context.WithCancel(context.Background())
			defer cancel()
			errs := each(t, newComms(t, mem.NewWorld(p), testTuning()), func(_ context.Context, c *Comm) error {
				forced, err := c.WithAlgorithm(a.Collective, a.Name)
				if err != nil {
					return err
				}
				if c.Rank() == missing {
					cancel()
					return nil
				}
				return runCollective(cancelled, forced, a.kind, 300)
			})
			if !errors.Is(errors.Join(errs...), context.Canceled) && !onlyFromRoot(a.kind) {
				t.Errorf("errors are %v, want context.Canceled", errs)
			}
			for r, err := range errs {
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("rank %d: %v", r, err)
				}
			}
		})
	}
}

// onlyFromRoot tells the collectives in which nobody may have to wait for the
// rank that is missing, so that the context has no effect.
func onlyFromRoot(k collective) bool { return k == bcast || k == scatter || k == scatterv }

// The bits of a reduction do not depend on which message comes first.
func TestTimingDoesNotMatter(t *testing.T) {
	const p, n = 7, 150
	for _, a := range Algorithms() {
		if a.kind != reduce && a.kind != allreduce && a.kind != reduceScatter && a.kind != scan {
			continue
		}
		t.Run(a.Collective+"/"+a.Name, func(t *testing.T) {
			var want [][]float64
			for round := range 4 {
				ranks := mem.NewWorld(p)
				for r := range ranks {
					rng := rand.New(rand.NewPCG(uint64(round), uint64(r)))
					ranks[r] = wrap.Delay(ranks[r], func(int, transport.Tag, int) time.Duration {
						return time.Duration(rng.IntN(200)) * time.Microsecond
					})
				}
				got := make([][]float64, p)
				for _, err := range each(t, newComms(t, ranks, testTuning()), func(ctx context.Context, c *Comm) error {
					forced, err := c.WithAlgorithm(a.Collective, a.Name)
					if err != nil {
						return err
					}
					send, recv := make([]float64, n*p), make([]float64, n*p)
					for i := range send {
						send[i] = 1 / float64(3*c.Rank()+i+1)
					}
					got[c.Rank()] = recv
					switch a.kind {
					case reduce:
						return Reduce(ctx, forced, send, recv, Sum[float64](), p-1)
					case allreduce:
						return Allreduce(ctx, forced, send, recv, Sum[float64]())
					case scan:
						return Scan(ctx, forced, send, recv, Sum[float64]())
					}
					return ReduceScatter(ctx, forced, send, recv[:n], slices.Repeat([]int{n}, p), Sum[float64]())
				}) {
					if err != nil {
						t.Fatal(err)
					}
				}
				if round == 0 {
					want = got
				}
				for r := range got {
					if err := equalElements(got[r], want[r]); err != nil {
						t.Errorf("round %d, rank %d: %v", round, r, err)
					}
					if a.kind == allreduce {
						if err := equalElements(got[r], got[0]); err != nil {
							t.Errorf("rank %d differs from rank 0: %v", r, err)
						}
					}
				}
			}
		})
	}
}

package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"numcomp/comm/transport"
)

// TestFanReachesEveryRankOnce: from rank 0, everybody is granted to by one rank,
// and knows by which.
func TestFanReachesEveryRankOnce(t *testing.T) {
	for _, size := range []int{1, 2, flatRanks - 1, flatRanks, flatRanks + 1, 66, 100, 1000, 1024, 1025, 4097, 100003} {
		f := fanOf(alone(size))
		reached := make([]int, size)
		reached[0]++
		var visit func(rank, most int)
		visit = func(rank, most int) {
			below := f.below(rank)
			if len(below) >= most {
				t.Errorf("%d ranks: %d below rank %d", size, len(below), rank)
			}
			if got := len(below) + 1; rank > 0 && got != f.ranks(rank) {
				t.Errorf("%d ranks: %d ranks with rank %d, ranks says %d", size, got, rank, f.ranks(rank))
			}
			for _, r := range below {
				reached[r]++
				if f.above(r) != rank || f.leads(r) != (rank == 0 && size > flatRanks) {
					t.Fatalf("%d ranks: rank %d grants to rank %d, above it is %d, leads %v", size, rank, r, f.above(r), f.leads(r))
				}
				visit(r, most)
			}
		}
		most := flatRanks
		for most*most < 2*size {
			most *= 2
		}
		visit(0, most)
		for r, n := range reached {
			if n != 1 {
				t.Fatalf("%d ranks: rank %d is reached %d times", size, r, n)
			}
		}
	}
}

// TestChunksForLeaders: all items come, in order, in chunks that a leader has room
// for, and so have the ranks of its group.
func TestChunksForLeaders(t *testing.T) {
	for _, items := range []int{0, 1, 500, 1024, 4096, 100000} {
		for _, chunk := range []int{0, 1, 7, 1 << 20} {
			const size = 1024
			p, err := Resolve(small(max(1, items)), nil)
			if err != nil {
				t.Fatal(err)
			}
			p.Items, p.Config.Schedule, p.Config.Chunk = items, Dynamic, chunk
			c, f := newChunker(&p, size, nil), fanOf(alone(size))
			at := 0
			for i := 0; ; i++ {
				leader := f.below(0)[i%len(f.below(0))]
				k := c.grant(leaderRounds)
				if k.count == 0 {
					break
				}
				here := buffersOf(&p, alone(size), leader)
				if k.first != at || k.count > here.block || k.count > here.chunk {
					t.Fatalf("%d items, chunk %d: chunk %+v after %d items, at most %d of %d", items, chunk, k, at, here.block, here.chunk)
				}
				at += k.count
			}
			if at != items {
				t.Fatalf("%d of %d items", at, items)
			}
		}
	}
}

// TestDynamicWithLeaders: who computed an item makes no difference.
func TestDynamicWithLeaders(t *testing.T) {
	for _, size := range []int{flatRanks + 1, 83} {
		for _, items := range []int{1, 501} {
			for _, chunk := range []int{0, 3} {
				for _, distribution := range []Distribution{Broadcast, Scatter} {
					t.Run(fmt.Sprintf("%d/%d/%d/%s", size, items, chunk, distribution), func(t *testing.T) {
						cfg := small(items)
						cfg.Distribution, cfg.Schedule, cfg.Chunk = distribution, Dynamic, chunk
						done := 0
						o := Options{Items: func(_, n, _ int) { done = n }}
						if got, want := do(t, size, cfg, o).SHA256, serial[float64](t, cfg, nil); got != want {
							t.Errorf("hash %s, want %s", got, want)
						}
						if done != items {
							t.Errorf("%d of %d items were told to be done", done, items)
						}
					})
				}
			}
		}
	}
}

// spoken notes with whom a transport exchanges messages.
type spoken struct {
	transport.Transport
	mu    *sync.Mutex
	peers []map[int]bool // by rank, shared by all
}

func (s *spoken) note(peer int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if me := s.Rank(); me != peer {
		s.peers[me][peer], s.peers[peer][me] = true, true
	}
}

func (s *spoken) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	s.note(to)
	return s.Transport.Isend(to, tag, p)
}

func (s *spoken) Break(cause error) { s.Transport.(transport.Breaker).Break(cause) }

// TestPeersOfManyRanks: in a world of 1,024 no rank needs more than 64 connections for
// its messages, whatever the schedule.
func TestPeersOfManyRanks(t *testing.T) {
	const size, most = 1024, 64
	for _, schedule := range []Schedule{Static, Dynamic} {
		for _, distribution := range []Distribution{Broadcast, Scatter} {
			t.Run(fmt.Sprintf("%s/%s", schedule, distribution), func(t *testing.T) {
				cfg := small(2*size + 5)
				cfg.Schedule, cfg.Distribution = schedule, distribution
				cfg.Iterations, cfg.Burns = 1, 0
				peers := make([]map[int]bool, size)
				for r := range peers {
					peers[r] = map[int]bool{}
				}
				var mu sync.Mutex
				sides := worldOver(t, t.Context(), size, cfg, Options{}, nil, func(tr transport.Transport) transport.Transport {
					return &spoken{tr, &mu, peers}
				})
				for rank, s := range sides {
					if s.err != nil {
						t.Fatalf("rank %d: %v", rank, s.err)
					}
				}
				if got, want := sides[0].res.SHA256, serial[float64](t, cfg, nil); got != want {
					t.Errorf("hash %s, want %s", got, want)
				}
				sides[0].res.Close()
				all, worst := 0, 0
				for r, p := range peers {
					all += len(p)
					if len(p) > len(peers[worst]) {
						worst = r
					}
				}
				t.Logf("rank %d spoke with %d others, the most; %d connections in all", worst, len(peers[worst]), all/2)
				if n := len(peers[worst]); n > most {
					t.Errorf("rank %d spoke with %d others, more than %d", worst, n, most)
				}
			})
		}
	}
}

// TestOneOfManyRanksGivesUp: rank 0, a leader, or a rank of its group.
func TestOneOfManyRanksGivesUp(t *testing.T) {
	for _, distribution := range []Distribution{Broadcast, Scatter} {
		for _, culprit := range []int{0, 1, 5} {
			t.Run(fmt.Sprintf("%s/%d", distribution, culprit), func(t *testing.T) {
				cfg := small(300)
				cfg.Distribution, cfg.Schedule = distribution, Dynamic
				cfg.Iterations = 1_000_000_000 // the culprit ends it
				mine, giveUp := context.WithCancel(t.Context())
				defer giveUp()
				o := Options{Iterated: func(it Iteration) {
					if it.Index == 2 {
						giveUp()
					}
				}}
				sides := world(t, t.Context(), flatRanks+2, cfg, o, func(rank int, s *side) {
					if rank == culprit {
						s.ctx = mine
					}
				})
				for rank, s := range sides {
					if s.err == nil {
						t.Errorf("rank %d: no error", rank)
					}
				}
				if err := sides[culprit].err; !errors.Is(err, context.Canceled) {
					t.Errorf("rank %d: %v", culprit, err)
				}
			})
		}
	}
}

// TestStockReturnsWhatIsThere: results of a chunk do not wait for those of one that was
// granted before it, and its room is free when they are sent.
func TestStockReturnsWhatIsThere(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	b := newStock(2, 5)
	for _, count := range []int{5, 3} {
		slot, err := b.vacant(ctx)
		if err != nil {
			t.Fatal(err)
		}
		b.add(slot, count)
	}
	var taken []chunk
	for range 2 {
		k, more, err := b.take(ctx, 1, false)
		if err != nil || !more {
			t.Fatalf("%+v, %v, %v", k, more, err)
		}
		taken = append(taken, k)
	}
	if k, more, err := b.take(ctx, 1, false); k.count != 0 || !more || err != nil {
		t.Fatalf("nothing is there, and more may come: %+v, %v, %v", k, more, err)
	}
	b.done(chunk{taken[1].first, 1})
	b.done(chunk{taken[1].first + 1, 2})
	second, err := b.finished(ctx)
	if err != nil || b.slots[second].number != 1 || b.slots[second].count != 3 {
		t.Fatalf("slot %d: %+v, %v", second, b.slots[second], err)
	}
	b.sent(second)
	if slot, err := b.vacant(ctx); err != nil || slot != second {
		t.Fatalf("free slot %d, %v; want %d", slot, err, second)
	}
	b.done(taken[0])
	b.end()
	first, err := b.finished(ctx)
	if err != nil || b.slots[first].number != 0 {
		t.Fatalf("slot %d, %v", first, err)
	}
	b.sent(first)
	if slot, err := b.finished(ctx); slot != -1 || err != nil {
		t.Errorf("all has been sent: slot %d, %v", slot, err)
	}
	if _, more, err := b.take(ctx, 1, true); more || err != nil {
		t.Errorf("no more comes: %v, %v", more, err)
	}
	cancel()
	b.free = nil
	if _, err := b.vacant(ctx); err == nil {
		t.Error("waited for a slot after the end of the context")
	}
}

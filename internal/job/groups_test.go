package job

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"numcomp/comm/transport"
	"numcomp/internal/sysmem"
)

var errUnmapped = errors.New("not mapped, as a test wants it")

// unmapped is a transport whose rank cannot attach memory, though it is near.
type unmapped struct{ transport.Transport }

func (u unmapped) Break(cause error) { u.Transport.(transport.Breaker).Break(cause) }
func (u unmapped) Near(int) bool     { return true }
func (u unmapped) Allocate(int) (transport.Segment, error) {
	return nil, errUnmapped
}
func (u unmapped) Attach(int, transport.Handle, int, bool) (transport.Segment, error) {
	return nil, errUnmapped
}

// TestGroupsFallBack: a node with a rank that cannot map its memory goes on with
// copies of its own, the results are the same, and rank 0 can tell why.
func TestGroupsFallBack(t *testing.T) {
	for _, schedule := range []Schedule{Static, Dynamic} {
		for _, distribution := range []Distribution{Broadcast, Scatter} {
			for _, unable := range []int{0, 1, 5} {
				cfg := small(11)
				cfg.Schedule, cfg.Distribution = schedule, distribution
				sides := worldOver(t, t.Context(), 6, cfg, Options{}, func(_ int, s *side) { s.node = func(r int) int { return r / 3 } },
					func(tr transport.Transport) transport.Transport {
						if tr.Rank() == unable {
							return unmapped{tr}
						}
						return tr
					})
				want := serial[float64](t, cfg, nil)
				for rank, s := range sides {
					if s.err != nil {
						t.Fatalf("%s, %s, rank %d cannot map: rank %d: %v", distribution, schedule, unable, rank, s.err)
					}
				}
				res := sides[0].res
				if res.SHA256 != want {
					t.Errorf("%s, %s, rank %d cannot map: other results", distribution, schedule, unable)
				}
				if distribution == Scatter && schedule == Dynamic {
					continue // nothing is shared
				}
				if res.NotShared == nil || !strings.Contains(res.NotShared.Error(), errUnmapped.Error()) || res.World.SharedNodes != 1 {
					t.Errorf("%s, %s, rank %d cannot map: %d nodes share, the reason is %v", distribution, schedule, unable, res.World.SharedNodes, res.NotShared)
				}
			}
		}
	}
}

// TestInPlaceNeedsCommonMemory: a copy to every rank is not called in place.
func TestInPlaceNeedsCommonMemory(t *testing.T) {
	cfg := small(5)
	cfg.InPlace = true
	for rank, s := range world(t, t.Context(), 3, cfg, Options{}, nil) {
		var u *UsageError
		if !errors.As(s.err, &u) || !strings.Contains(s.err.Error(), "--in-place") {
			t.Errorf("rank %d: error %v", rank, s.err)
		}
	}
	doOn(t, func(r int) int { return r }, 3, cfg, Options{}) // rank 0 has it for itself
}

// TestOneCopyMoves: on a node rank 0 copies the array once, whatever the number of
// ranks, and in place not at all.
func TestOneCopyMoves(t *testing.T) {
	const array, params = 13 * 11 * 8, 3 * 4 * 8
	for _, schedule := range []Schedule{Static, Dynamic} {
		for _, size := range []int{2, 8} {
			cfg := small(16)
			cfg.Schedule = schedule
			least := int64(array + 16*params)
			for _, cfg.InPlace = range []bool{false, true} {
				if cfg.InPlace {
					least -= array
				}
				r := doOn(t, func(int) int { return 0 }, size, cfg, Options{})
				// Besides, words by which the ranks tell each other.
				if got := int64(r.BytesMoved); got < least || got > least+int64(size)*64 {
					t.Errorf("%s, %d ranks, in place %v: %d bytes moved, want about %d", schedule, size, cfg.InPlace, got, least)
				}
				if want := int64(size*array + 16*params); r.BytesDistributed != want {
					t.Errorf("%s, %d ranks: %d bytes distributed, want %d", schedule, size, r.BytesDistributed, want)
				}
			}
		}
	}
}

// TestScatteredOnce: of scattered arrays a node's ranks copy those of their items, once,
// and rank 0 none.
func TestScatteredOnce(t *testing.T) {
	for _, schedule := range []Schedule{Static, Dynamic} {
		for _, size := range []int{2, 8} {
			cfg := small(16)
			cfg.Schedule, cfg.Distribution = schedule, Scatter
			p, err := Resolve(cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			words := p.paramsBytes()*16 + int64(size)*64
			least, most := p.arrayBytes()*int64(16-16/size), p.arrayBytes()*int64(16-16/size)
			if schedule == Dynamic {
				least, most = 0, p.arrayBytes()*16 // who takes an item is not known
			}
			r := doOn(t, func(int) int { return 0 }, size, cfg, Options{})
			if got := int64(r.BytesMoved); got < least || got > most+words {
				t.Errorf("%s, %d ranks: %d bytes moved, want %d to %d", schedule, size, got, least, most+words)
			}
		}
	}
}

// TestFootprintOfGroups: a node has one copy, whatever the number of its ranks.
func TestFootprintOfGroups(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  func(*Config)
		rank int
		// arrays, parameters and results, in items
		want [3]int64
	}{
		{"rank 0 and its node", func(*Config) {}, 0, [3]int64{2, 12 + 6, 12}},
		{"a rank of that node", func(*Config) {}, 1, [3]int64{0, 0, 0}},
		{"the leader of another", func(*Config) {}, 2, [3]int64{1, 6, 6}},
		{"a rank there", func(*Config) {}, 3, [3]int64{0, 0, 0}},
		{"rank 0, in place", func(c *Config) { c.InPlace = true }, 0, [3]int64{1, 12 + 6, 12}},
		{"rank 0, scatter", func(c *Config) { c.Distribution = Scatter }, 0, [3]int64{12, 12 + 6, 12}},
		{"a rank of that node, scatter", func(c *Config) { c.Distribution = Scatter }, 1, [3]int64{12, 0, 0}}, // all fit
		{"rank 0, scatter in place", func(c *Config) { c.Distribution, c.InPlace = Scatter, true }, 0, [3]int64{12, 12 + 6, 12}},
		{"another leader, scatter", func(c *Config) { c.Distribution = Scatter }, 2, [3]int64{6, 6, 6}},
		{"rank 0, dynamic", func(c *Config) { c.Schedule, c.Chunk = Dynamic, 2 }, 0, [3]int64{2, 24, 12}},
		{"another leader, dynamic", func(c *Config) { c.Schedule, c.Chunk = Dynamic, 2 }, 2, [3]int64{1, 2, 4}},
		{"a rank there, dynamic", func(c *Config) { c.Schedule, c.Chunk = Dynamic, 2 }, 3, [3]int64{0, 2, 4}},
	} {
		cfg := small(12)
		c.cfg(&cfg)
		p, err := Resolve(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := footprintOf(&p, groups{4, []group{{0, 2}, {2, 4}}}, c.rank, 1)
		if got := [3]int64{f.Arrays / p.arrayBytes(), f.Params / p.paramsBytes(), f.Results / p.resultBytes()}; got != c.want {
			t.Errorf("%s: %v items, want %v", c.name, got, c.want)
		}
	}
}

// TestMemoryOfOneCopy: what is there for one copy is enough for many ranks.
func TestMemoryOfOneCopy(t *testing.T) {
	cfg := small(16)
	p, err := Resolve(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	need := footprintOfAll(&p, groups{8, []group{{0, 8}}}, 1)
	for _, less := range []int64{0, 1} {
		o := Options{}
		o.hooks.available = func() (sysmem.Memory, error) { return sysmem.Memory{Bytes: need.Total() - less, Source: "a test"}, nil }
		sides := world(t, t.Context(), 8, cfg, o, func(_ int, s *side) { s.node = func(int) int { return 0 } })
		var m *MemoryError
		if refused := errors.As(sides[0].err, &m); refused != (less > 0) {
			t.Errorf("%d bytes too few: %v", less, sides[0].err)
		}
	}
}

func TestGroups(t *testing.T) {
	g := groups{9, []group{{1, 4}, {6, 8}}}
	var all []group
	for r := range 9 {
		if of := g.of(r); len(all) == 0 || of != all[len(all)-1] {
			all = append(all, of)
		}
	}
	if want := []group{{0, 1}, {1, 4}, {4, 5}, {5, 6}, {6, 8}, {8, 9}}; !slices.Equal(all, want) || !slices.Equal(g.all(), want) {
		t.Errorf("groups %v and %v, want %v", all, g.all(), want)
	}
}

// TestNotShared: why ranks of a node have copies of their own is in the Result.
func TestNotShared(t *testing.T) {
	blocks, cyclic := func(r int) int { return r / 2 }, func(r int) int { return r % 2 }
	messages := func(tr transport.Transport) transport.Transport { return messagesOnly{tr} }
	for _, c := range []struct {
		name     string
		node     func(int) int
		over     func(transport.Transport) transport.Transport
		schedule Schedule
		want     string
		told     bool // in the report's text as well
	}{
		{"shared", blocks, nil, Static, "", false},
		{"alone", func(r int) int { return r }, messages, Static, "", false},
		{"cyclic", cyclic, nil, Static, "place ranks in blocks", true},
		{"messages only", blocks, messages, Static, "carries messages only", false},
		{"dynamic scatter", blocks, nil, Dynamic, "", false},
	} {
		cfg := small(9)
		cfg.Distribution, cfg.Schedule = Scatter, c.schedule
		over := c.over
		if over == nil {
			over = func(tr transport.Transport) transport.Transport { return tr }
		}
		sides := worldOver(t, t.Context(), 4, cfg, Options{}, func(_ int, s *side) { s.node = c.node }, over)
		for rank, s := range sides {
			if s.err != nil {
				t.Fatalf("%s: rank %d: %v", c.name, rank, s.err)
			}
		}
		res := sides[0].res
		if got := res.World.NotShared; (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: not shared for %q, want %q", c.name, got, c.want)
		}
		if (res.NotShared != nil) != c.told {
			t.Errorf("%s: told %v, want %v", c.name, res.NotShared, c.told)
		}
	}
}

// messagesOnly hides that a transport shares memory.
type messagesOnly struct{ transport.Transport }

package comm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/wrap"
)

// nodePlacements are ways in which ranks lie on nodes.
var nodePlacements = []struct {
	name string
	node func(rank int) int
}{
	{"one node", func(int) int { return 0 }},
	{"pairs", func(r int) int { return r / 2 }},
	{"threes in turn", func(r int) int { return r % 3 }},
	{"alone", func(r int) int { return r }},
	{"one apart", func(r int) int { return min(r, 1) }},
}

// placedComms makes the communicators of a world over ranks that lie on nodes.
func placedComms(t *testing.T, ranks []transport.Transport, node func(rank int) int) []*Comm {
	t.Helper()
	members := make(transport.List[Member], len(ranks))
	for r := range members {
		members[r] = Member{Host: fmt.Sprintf("n%d", node(r)), Node: node(r)}
	}
	comms := make([]*Comm, len(ranks))
	for r, tr := range ranks {
		c, err := NewWorld(tr, members)
		if err != nil {
			t.Fatal(err)
		}
		c.tuning = testTuning()
		comms[r] = c
	}
	return comms
}

// plain is a transport that carries messages only, whatever it decorates.
type plain struct{ transport.Transport }

func (p plain) Break(cause error) { p.Transport.(transport.Breaker).Break(cause) }

var errUnmapped = errors.New("not mapped, as a test wants it")

// blind is a transport whose rank cannot attach memory.
type blind struct{ transport.Transport }

func (b blind) Break(cause error)        { b.Transport.(transport.Breaker).Break(cause) }
func (b blind) sharer() transport.Sharer { s, _ := transport.SharerOf(b.Transport); return s }
func (b blind) Near(rank int) bool       { return b.sharer().Near(rank) }
func (b blind) Allocate(int) (transport.Segment, error) {
	return nil, errUnmapped
}
func (b blind) Attach(int, transport.Handle, int, bool) (transport.Segment, error) {
	return nil, errUnmapped
}

// epochs has the ranks go through epochs of an array of n elements.
func epochs(ctx context.Context, c *Comm, n int, reading *atomic.Int64) (*Shared[int64], error) {
	s, err := NewShared[int64](ctx, c, n)
	if err != nil {
		return nil, err
	}
	if len(s.Data()) != n {
		return nil, fmt.Errorf("%d elements, want %d", len(s.Data()), n)
	}
	for epoch := range 4 {
		if err := s.Acquire(ctx); err != nil {
			return nil, err
		}
		if c.Rank() == 0 {
			if r := reading.Load(); r != 0 {
				return nil, fmt.Errorf("epoch %d: acquired while %d ranks read", epoch, r)
			}
			copy(s.Data(), data(epoch, n))
			reading.Store(int64(c.Size()))
		}
		if err := s.Publish(ctx); err != nil {
			return nil, err
		}
		if err := equalElements(s.Data(), data(epoch, n)); err != nil {
			return nil, fmt.Errorf("epoch %d: %w", epoch, err)
		}
		reading.Add(-1)
	}
	return s, nil
}

func TestShared(t *testing.T) {
	for _, size := range worldSizes {
		for _, place := range nodePlacements {
			for _, n := range lengths(8) {
				t.Run(fmt.Sprintf("%d ranks/%s/%d elements", size, place.name, n), func(t *testing.T) {
					ranks := mem.NewWorld(size)
					var reading atomic.Int64
					errs := each(t, placedComms(t, ranks, place.node), func(ctx context.Context, c *Comm) error {
						s, err := epochs(ctx, c, n, &reading)
						if err != nil {
							return err
						}
						if s.Private() != nil {
							return fmt.Errorf("the ranks have copies of their own: %w", s.Private())
						}
						return s.Close()
					})
					if err := errors.Join(errs...); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	}
}

// TestSharedMovesNothing: on one node the bytes of the array stay where they are,
// and between nodes only leaders get them.
func TestSharedMovesNothing(t *testing.T) {
	const size, n = 8, 100_000
	for _, place := range nodePlacements[:2] {
		ranks := mem.NewWorld(size)
		counters := make([]*wrap.Counter, size)
		for r := range ranks {
			counters[r] = wrap.Count(ranks[r])
			ranks[r] = counters[r]
		}
		var reading atomic.Int64
		errs := each(t, placedComms(t, ranks, place.node), func(ctx context.Context, c *Comm) error {
			_, err := epochs(ctx, c, n, &reading)
			return err
		})
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		var bytes int64
		for r, c := range counters {
			m, b := c.Total()
			if bytes += b; place.name != "one node" && place.node(r) == place.node(max(r-1, 0)) && r > 0 && b > 1000 {
				t.Errorf("%s: rank %d, which leads no node, sent %d bytes in %d messages", place.name, r, b, m)
			}
		}
		nodes := place.node(size-1) + 1
		if least := int64(4 * 8 * n * (nodes - 1)); bytes < least || bytes > least+20_000 {
			t.Errorf("%s: %d bytes were sent, want about %d", place.name, bytes, least)
		}
	}
}

// TestSharedFallsBack: where one rank of a node cannot map its memory, the node's
// ranks all have copies, and can say why; other nodes are not concerned.
func TestSharedFallsBack(t *testing.T) {
	const size, n = 6, 777
	for _, c := range []struct {
		name  string
		spoil func(r int, tr transport.Transport) transport.Transport
		why   error
		text  string
	}{
		{"a member cannot map", func(r int, tr transport.Transport) transport.Transport {
			if r == 4 {
				return blind{tr}
			}
			return tr
		}, errUnmapped, "rank 4 (host n1) cannot have memory in common with its node: not mapped, as a test wants it"},
		{"the leader cannot allocate", func(r int, tr transport.Transport) transport.Transport {
			if r == 3 {
				return blind{tr}
			}
			return tr
		}, errUnmapped, "rank 3 (host n1) cannot have memory in common with its node: not mapped, as a test wants it"},
		{"a member has messages only", func(r int, tr transport.Transport) transport.Transport {
			if r == 5 {
				return plain{tr}
			}
			return tr
		}, errNoSharer, "rank 5 (host n1) cannot have memory in common with its node: " + errNoSharer.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			ranks := mem.NewWorld(size)
			for r := range ranks {
				ranks[r] = c.spoil(r, ranks[r])
			}
			var reading atomic.Int64
			errs := each(t, placedComms(t, ranks, func(r int) int { return r / 3 }), func(ctx context.Context, comm *Comm) error {
				s, err := epochs(ctx, comm, n, &reading)
				if err != nil {
					return err
				}
				defer s.Close()
				var why *NotSharedError
				switch {
				case comm.Rank() < 3 && s.Private() != nil:
					return fmt.Errorf("the first node: %w", s.Private())
				case comm.Rank() < 3:
					return nil
				case !errors.As(s.Private(), &why) || s.Private().Error() != c.text:
					return fmt.Errorf("the reason is %v, want %s", s.Private(), c.text)
				case why.Rank == comm.Rank() && !errors.Is(s.Private(), c.why):
					return fmt.Errorf("the reason has not the cause: %v", s.Private())
				}
				return nil
			})
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestSharedInOrder(t *testing.T) {
	spmd(t, 2, func(ctx context.Context, c *Comm) error {
		if _, err := NewShared[int64](ctx, c, -1); err == nil {
			return errors.New("-1 elements")
		}
		s, err := NewShared[int64](ctx, c, 3)
		if err != nil {
			return err
		}
		if err := s.Publish(ctx); err == nil || !strings.Contains(err.Error(), "not acquired") {
			return fmt.Errorf("publish before acquire: %v", err)
		}
		if err := s.Acquire(ctx); err != nil {
			return err
		}
		if err := s.Acquire(ctx); err == nil || !strings.Contains(err.Error(), "not published") {
			return fmt.Errorf("acquire twice: %v", err)
		}
		return s.Publish(ctx)
	})
}

// TestNodeMemory: what ranks write to a part that all may write, the leader sees
// once it has collected; a part released outlives the others.
func TestNodeMemory(t *testing.T) {
	const size = 5
	spmd(t, size, func(ctx context.Context, c *Comm) error {
		m, why, err := NewNodeMemory(ctx, c, []NodePart{{Bytes: 8}, {Bytes: 8 * size, Writable: true}, {}})
		if err := errors.Join(why, err); err != nil {
			return err
		}
		told, all := Elements[int64](m.Part(0)), Elements[int64](m.Part(1))
		for round := range 3 {
			if c.Rank() == 0 {
				told[0] = int64(round)
			}
			if err := m.Tell(ctx); err != nil {
				return err
			}
			all[c.Rank()] = value(c.Rank(), int(told[0]))
			if err := m.Collect(ctx); err != nil {
				return err
			}
			for r := 0; r < size && c.Rank() == 0; r++ {
				if all[r] != value(r, round) {
					return fmt.Errorf("round %d: rank %d wrote %d", round, r, all[r])
				}
			}
		}
		free := m.Release(1)
		defer free()
		if err := m.Close(); err != nil {
			return err
		}
		if all[c.Rank()] != value(c.Rank(), 2) {
			return errors.New("the part released is gone")
		}
		return nil
	})
}

func TestNodeMemoryOfOtherParts(t *testing.T) {
	spmd(t, 2, func(ctx context.Context, c *Comm) error {
		_, why, err := NewNodeMemory(ctx, c, []NodePart{{Bytes: 8 * (1 + c.Rank())}})
		if err != nil {
			return err
		}
		if c.Rank() == 1 && !errors.Is(why, errParts) {
			return fmt.Errorf("other parts than the leader's: %v", why)
		}
		return nil
	})
}

func TestSubset(t *testing.T) {
	for _, size := range []int{5, 7} {
		spmd(t, size, testSubset)
	}
}

func testSubset(ctx context.Context, c *Comm) error {
	var odd, even []int
	for r := range c.Size() {
		if r%2 == 0 {
			even = append(even, r)
		} else {
			odd = append([]int{r}, odd...)
		}
	}
	mine := [][]int{even, odd}[c.Rank()%2]
	part, err := c.Subset(mine)
	if err != nil {
		return err
	}
	for range 3 { // between collectives of the whole
		if err := groupWorks(ctx, part, mine); err != nil {
			return err
		}
		if err := Barrier(ctx, c); err != nil {
			return err
		}
	}
	for _, wrong := range [][]int{{0, c.Size()}, {c.Rank(), c.Rank()}, {(c.Rank() + 1) % c.Size()}, nil} {
		if _, err := c.Subset(wrong); err == nil {
			return fmt.Errorf("a subset of %v", wrong)
		}
	}
	return nil
}

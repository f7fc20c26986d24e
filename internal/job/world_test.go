package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"numcomp/comm"
	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/kernels"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watchdog ends a world that hangs.
const watchdog = 60 * time.Second

// counted counts what a transport sends.
type counted struct {
	transport.Transport
	messages, bytes atomic.Int64
	share           bool
}

// Unwrap lets ranks that share memory find that they can.
func (c *counted) Unwrap() transport.Transport {
	if c.share {
		return c.Transport
	}
	return nil
}

func (c *counted) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	c.messages.Add(1)
	c.bytes.Add(int64(len(p)))
	return c.Transport.Isend(to, tag, p)
}

func (c *counted) Break(cause error) { c.Transport.(transport.Breaker).Break(cause) }

func (c *counted) moved() (messages, bytes int64) { return c.messages.Load(), c.bytes.Load() }

// side is what one rank of a test's world does: what Run is called with, and what
// came of it.
type side struct {
	ctx context.Context
	// node, if not nil, tells the nodes of the ranks, which then share memory.
	node func(rank int) int
	cfg  Config
	o    Options
	res  *Result
	err  error
}

// world runs a job in a world of goroutine ranks. each, if not nil, changes what a
// rank is started with.
func world(t *testing.T, ctx context.Context, size int, cfg Config, o Options, each func(rank int, s *side)) []side {
	t.Helper()
	return worldOver(t, ctx, size, cfg, o, each, nil)
}

// worldOver is world with each rank's transport, if over is not nil, decorated.
func worldOver(t *testing.T, ctx context.Context, size int, cfg Config, o Options, each func(rank int, s *side), over func(transport.Transport) transport.Transport) []side {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, watchdog)
	defer cancel()
	sides := make([]side, size)
	var all sync.WaitGroup
	ranks := mem.NewWorld(size)
	for rank, tr := range ranks {
		all.Go(func() {
			s := &sides[rank]
			if over != nil {
				tr = over(tr)
			}
			count := &counted{Transport: tr}
			s.ctx, s.cfg, s.o = ctx, cfg, o
			s.o.Moved = count.moved
			s.o.hooks.poison = true
			if rank != 0 {
				s.o.Load, s.o.Started, s.o.Items, s.o.Iterated = nil, nil, nil, nil
			}
			if each != nil {
				each(rank, s)
			}
			var members transport.List[comm.Member]
			for r := 0; r < size && s.node != nil; r++ {
				members = append(members, comm.Member{Node: s.node(r)})
			}
			count.share = s.node != nil
			var c *comm.Comm
			if c, s.err = comm.NewWorld(count, members); s.err != nil {
				return
			}
			s.res, s.err = Run(s.ctx, c, s.cfg, s.o)
		})
	}
	all.Wait()
	for _, tr := range ranks {
		tr.Close()
	}
	if ctx.Err() == context.DeadlineExceeded {
		t.Fatalf("%d ranks hung", size)
	}
	return sides
}

// do runs a job that must succeed and returns rank 0's result, closed.
func do(t *testing.T, size int, cfg Config, o Options) *Result {
	t.Helper()
	return doOn(t, nil, size, cfg, o)
}

// doOn is do with ranks on nodes that share memory.
func doOn(t *testing.T, node func(rank int) int, size int, cfg Config, o Options) *Result {
	t.Helper()
	sides := world(t, t.Context(), size, cfg, o, func(_ int, s *side) { s.node = node })
	var errs []error
	for rank, s := range sides {
		if s.err != nil {
			errs = append(errs, fmt.Errorf("rank %d: %w", rank, s.err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sides[0].res.Close)
	return sides[0].res
}

// small is a Config of a small conv2d job.
func small(items int) Config {
	cfg := Default()
	cfg.Size, cfg.Filter = kernels.Shape{Rows: 13, Cols: 11}, kernels.Shape{Rows: 3, Cols: 4}
	cfg.Options.Stride = 2
	cfg.Items = items
	cfg.Iterations, cfg.Burns = 2, 1
	return cfg
}

// serial computes what cfg asks for, one item after the other, by the variant that
// this machine runs, and returns the results' hash.
func serial[T kernels.Float](t *testing.T, cfg Config, in *Input) string {
	t.Helper()
	p, err := Resolve(cfg, in)
	if err != nil {
		t.Fatal(err)
	}
	k, err := kernels.New[T](cfg.Kernel, kernels.Best(cfg.Kernel), cfg.Options)
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	for i := range p.Items {
		array, params := make([]T, elements(p.Array)), make([]T, elements(p.Params))
		switch at := i * len(array); {
		case in == nil || in.Arrays == nil:
			item := i
			if p.Config.Distribution == Broadcast {
				item = 0
			}
			generateArray(array, cfg.Fill, cfg.Seed, item)
		case len(in.Arrays.Shape) == 2:
			convert(array, in.Arrays.Data)
		default:
			convert(array, in.Arrays.Data[at:])
		}
		switch at := i * len(params); {
		case in == nil || in.Filters == nil:
			generateParams(params, cfg.Seed, i)
		case len(in.Filters.Shape) == 2:
			convert(params, in.Filters.Data)
		default:
			convert(params, in.Filters.Data[at:])
		}
		result := make([]T, elements(p.Result))
		k.Apply(cut(result, p.Result, 0), cut(array, p.Array, 0), cut(params, p.Params, 0))
		all = append(all, result...)
	}
	return hash(all)
}

// stack is a Stack of that shape whose elements are no round numbers.
func stack(shape ...int) *Stack {
	n := 1
	for _, d := range shape {
		n *= d
	}
	s := &Stack{Shape: shape, Data: make([]float64, n)}
	unit(s.Data, base(99, arrayStream, n))
	return s
}

func load(in *Input) func() (*Input, error) {
	return func() (*Input, error) { return in, nil }
}

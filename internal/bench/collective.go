package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"numcomp/comm"
)

// Collective is a collective operation that is measured, on equal blocks.
type Collective struct {
	// Name is the operation's, as comm.Algorithms and the command line say it.
	Name string
	// Usage says what it does, for people, and Block what a size is the size of.
	Usage, Block string
	// Element is how many bytes an element has: sizes are multiples.
	Element int
	// InPlace is the operation on data that is produced where it is read, so that
	// nothing is copied on rank 0's node; nil: there is none.
	InPlace func() Collective
	// memory is how many blocks rank's buffers hold.
	memory func(rank, ranks int) int
	// open is collective, and makes a rank's buffers for blocks of at most that many
	// bytes.
	open func(ctx context.Context, c *comm.Comm, most int) (buffers, error)
}

// buffers are one rank's memory for a collective.
type buffers interface {
	// resize is collective, and makes blocks n bytes long.
	resize(ctx context.Context, n int) error
	// fill writes what the operation moves, and spoils where it arrives.
	fill()
	// call is the operation.
	call(ctx context.Context) error
	// check compares what has arrived with what must.
	check() error
	// close is collective, and gives memory back.
	close() error
}

// Collectives is the table. bench/collectives.c has the same loop for MPI.
func Collectives() []Collective {
	return []Collective{
		bcastRow(), gatherRow(), scatterRow(), allreduceRow(), allgatherRow(), alltoallRow(), sharedBcastRow(),
	}
}

// Memory is how many bytes the buffers of blocks of n bytes take on a rank.
func (k Collective) Memory(n, rank, ranks int) int { return n * k.memory(rank, ranks) }

// Run is collective: it measures blocks of each size, in bytes. A round is a
// barrier and the operation; the first call for a size is not timed, and what it
// brings is compared with what must come. The rows are rank 0's, which is the
// root where there is one; on all other ranks there are none.
func (k Collective) Run(ctx context.Context, c *comm.Comm, sizes []int, e Effort) (metric Metric, rows []Row, err error) {
	if err := checkSizes(k.Name, sizes, k.Element); err != nil {
		return Metric{}, nil, err
	}
	most := 0
	for _, n := range sizes {
		most = max(most, n)
	}
	together, err := oneClock(ctx, c)
	if err != nil {
		return Metric{}, nil, err
	}
	m := meter{c: c, clock: newClock(systemClock), together: together}
	b, err := k.open(ctx, c, most)
	if err != nil {
		return Metric{}, nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	for _, n := range sizes {
		if err := b.resize(ctx, n); err != nil {
			return Metric{}, nil, err
		}
		row, err := m.measure(ctx, b, e)
		if err != nil {
			return Metric{}, nil, fmt.Errorf("bench: %s of %d bytes: %w", k.Name, n, err)
		}
		if c.Rank() == 0 {
			rows = append(rows, row.of(n))
		}
	}
	return m.metric(), rows, nil
}

// meter measures rounds of a collective on one rank.
type meter struct {
	c        *comm.Comm
	clock    clock
	together bool // all ranks read one clock
}

func (m meter) metric() Metric {
	if m.together {
		return completion()
	}
	return bracket()
}

// measure is collective; the Row is rank 0's.
func (m meter) measure(ctx context.Context, b buffers, e Effort) (Row, error) {
	b.fill()
	if err := b.call(ctx); err != nil {
		return Row{}, err
	}
	if err := b.check(); err != nil {
		return Row{}, err
	}
	var from, to []int64 // when this rank left the barrier, and had its data
	err := e.conduct(ctx, m.c, func(rounds int) error {
		from, to = make([]int64, rounds), make([]int64, rounds)
		for i := range rounds {
			if err := comm.Barrier(ctx, m.c); err != nil {
				return err
			}
			from[i] = m.clock.now()
			if err := b.call(ctx); err != nil {
				return err
			}
			if !m.together {
				if err := comm.Barrier(ctx, m.c); err != nil {
					return err
				}
			}
			to[i] = m.clock.now()
		}
		return nil
	})
	if err != nil {
		return Row{}, err
	}
	if m.together {
		if from, to, err = m.extremes(ctx, from, to); err != nil {
			return Row{}, err
		}
	}
	took := make([]time.Duration, len(from))
	for i := range took {
		took[i] = time.Duration(to[i] - from[i])
	}
	return NewRow(took), nil
}

// extremes is collective. At rank 0 it is, of each round, when the first rank left
// the barrier and when the last one had its data.
func (m meter) extremes(ctx context.Context, from, to []int64) (first, last []int64, err error) {
	if m.c.Rank() == 0 {
		first, last = make([]int64, len(from)), make([]int64, len(to))
	}
	if err := comm.Reduce(ctx, m.c, from, first, comm.Min[int64](), 0); err != nil {
		return nil, nil, err
	}
	if err := comm.Reduce(ctx, m.c, to, last, comm.Max[int64](), 0); err != nil {
		return nil, nil, err
	}
	return first, last, nil
}

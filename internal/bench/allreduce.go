package bench

import (
	"context"

	"numcomp/comm"
)

func allreduceRow() Collective {
	return Collective{
		Name: "allreduce", Usage: "the sum of every rank's block of float64 to all ranks", Block: "a rank's block", Element: 8,
		memory: func(_, _ int) int { return 2 },
		open: func(_ context.Context, c *comm.Comm, most int) (buffers, error) {
			return newSums(c, most/8)
		},
	}
}

// sums are the buffers of a reduction.
type sums struct {
	c          *comm.Comm
	n          int // elements of a block
	memory     memory
	send, recv []float64 // for the largest block
}

func newSums(c *comm.Comm, most int) (s *sums, err error) {
	s = &sums{c: c}
	if s.send, err = take[float64](&s.memory, most); err == nil {
		s.recv, err = take[float64](&s.memory, most)
	}
	if err != nil {
		s.memory.free()
		return nil, err
	}
	return s, nil
}

func (s *sums) resize(_ context.Context, n int) error {
	s.n = n / 8
	return nil
}

func (s *sums) close() error {
	s.memory.free()
	return nil
}

func (s *sums) call(ctx context.Context) error {
	return comm.Allreduce(ctx, s.c, s.send[:s.n], s.recv[:s.n], comm.Sum[float64]())
}

// term is rank 0's element i; rank r has r+1 times that. All sums are exact.
func term(i int) float64 { return float64(1 + i%61) }

func (s *sums) fill() {
	for i := range s.n {
		s.send[i], s.recv[i] = float64(s.c.Rank()+1)*term(i), 0
	}
}

func (s *sums) check() error {
	p := s.c.Size()
	for i := range s.n {
		if got, want := s.recv[i], float64(p*(p+1)/2)*term(i); got != want {
			return wrong(s.c, 0, i, got, want)
		}
	}
	return nil
}

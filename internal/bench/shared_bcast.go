package bench

import (
	"context"

	"numcomp/comm"
)

func sharedBcastRow() Collective {
	k := Collective{
		Name: "shared-bcast", Usage: "a block from rank 0 to one array a node that all ranks read", Block: "the block", Element: 1,
		// At most: where the ranks of a node share memory, they have one copy.
		memory: func(rank, _ int) int { return 1 + atRoot(rank, 1) },
		open: func(_ context.Context, c *comm.Comm, most int) (_ buffers, err error) {
			s := &sharedBlock{c: c}
			if c.Rank() == 0 {
				s.private, err = take[byte](&s.memory, most)
			}
			return s, err
		},
	}
	k.InPlace = func() Collective {
		inPlace := k
		inPlace.Name += " --in-place"
		inPlace.open = func(_ context.Context, c *comm.Comm, _ int) (buffers, error) {
			return &sharedBlock{c: c}, nil
		}
		return inPlace
	}
	return k
}

// sharedBlock is an epoch of a comm.Shared: rank 0 copies its block into the array
// or, without one of its own, has written it there before.
type sharedBlock struct {
	c       *comm.Comm
	shared  *comm.Shared[byte]
	private []byte // on rank 0, in memory; nil: in place
	memory  memory
	written bool
}

func (s *sharedBlock) resize(ctx context.Context, n int) (err error) {
	if err := s.drop(); err != nil {
		return err
	}
	s.written = false
	s.shared, err = comm.NewShared[byte](ctx, s.c, n)
	return err
}

// fill writes the block that is copied. The array is all zero.
func (s *sharedBlock) fill() {
	for i := range s.private {
		s.private[i] = content(0, 0, i)
	}
}

func (s *sharedBlock) call(ctx context.Context) error {
	if err := s.shared.Acquire(ctx); err != nil {
		return err
	}
	switch data := s.shared.Data(); {
	case s.c.Rank() != 0:
	case s.private != nil:
		copy(data, s.private)
	case !s.written:
		for i := range data {
			data[i] = content(0, 0, i)
		}
		s.written = true
	}
	return s.shared.Publish(ctx)
}

func (s *sharedBlock) check() error {
	for i, got := range s.shared.Data() {
		if want := content(0, 0, i); got != want {
			return wrong(s.c, 0, i, got, want)
		}
	}
	return nil
}

func (s *sharedBlock) close() error {
	s.memory.free()
	return s.drop()
}

// drop closes the array.
func (s *sharedBlock) drop() error {
	if s.shared == nil {
		return nil
	}
	err := s.shared.Close()
	s.shared = nil
	return err
}

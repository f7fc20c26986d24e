package comm

import (
	"context"
	"fmt"
	"math"

	"numcomp/comm/transport"
)

// Shared is an array that every rank of a communicator can read and rank 0, the
// root, writes. Each node has one copy of it, in memory that its ranks have in
// common: between ranks of one node no bytes move.
//
// It is written in epochs. All ranks call Acquire; after it the root, and only the
// root, may touch Data. All ranks call Publish; after it all may read Data, until
// they call Acquire again: the root waits there until all have.
//
//	s, err := comm.NewShared[float64](ctx, c, n)
//	for ... {
//		err = s.Acquire(ctx)
//		if c.Rank() == 0 { produce(s.Data()) }
//		err = s.Publish(ctx)
//		use(s.Data())
//	}
//	err = s.Close()
//
// Where ranks of a node cannot have memory in common they have copies of their own,
// and get their bytes by messages; Private says why.
//
// Steps of Publish: those of a broadcast of n elements among the nodes' leaders, and
// of one of 8 bytes within a node. Of Acquire: a reduction of 8 bytes within a node,
// and one among the leaders, for which only the root and the leaders wait.
type Shared[T Element] struct {
	local, leaders *Comm // leaders: nil on a rank that does not lead its node
	node           *NodeMemory
	data           []T
	private        error
	acquired       bool
	epoch          int64
}

// NewShared is collective: it makes an array of n elements, all zero, the same n on
// every rank. A node's copy takes memory at once where the system has huge pages, else
// as it is written: see beforehand that there is enough.
func NewShared[T Element](ctx context.Context, c *Comm, n int) (*Shared[T], error) {
	size := sizeOf[T]()
	if n < 0 || n > math.MaxInt/size {
		return nil, c.argument("new shared", "%d elements of %d bytes cannot be", n, size)
	}
	s := &Shared[T]{}
	var err error
	if s.local, err = c.Subset(c.NodeRanks()); err != nil {
		return nil, err
	}
	if s.local.rank == 0 {
		if s.leaders, err = c.Subset(c.NodeLeaders()); err != nil {
			return nil, err
		}
	}
	if s.local.size == 1 { // nobody is there to have memory in common with
		s.allocate(n)
		return s, nil
	}
	var why error
	if s.node, why, err = NewNodeMemory(ctx, s.local, []NodePart{{Bytes: n * size}}); err != nil {
		return nil, err
	}
	if s.private, err = s.local.verdict(ctx, why); err != nil {
		return nil, err
	}
	if s.private == nil {
		s.data = elementsOf[T](s.node.Part(0))
		return s, nil
	}
	if s.node != nil {
		s.node.Close()
	}
	s.allocate(n)
	return s, nil
}

// allocate takes memory of this rank's own: off the heap where the transport has
// any.
func (s *Shared[T]) allocate(n int) {
	s.node, s.data = &NodeMemory{local: s.local}, nil
	if sharer, ok := transport.SharerOf(s.local.world.t); ok {
		if seg, err := sharer.Allocate(n * sizeOf[T]()); err == nil {
			seg.Populate()
			s.node.parts = []transport.Segment{seg}
			s.data = elementsOf[T](seg.Bytes())
			return
		}
	}
	s.data = make([]T, n)
}

// verdict is collective: the reason of the lowest rank that has one, on every rank.
func (c *Comm) verdict(ctx context.Context, why error) (error, error) {
	lowest := []int64{int64(c.size)}
	if why != nil {
		lowest[0] = int64(c.rank)
	}
	if err := Reduce(ctx, c, lowest, lowest, Min[int64](), 0); err != nil {
		return nil, err
	}
	if err := Bcast(ctx, c, lowest, 0); err != nil {
		return nil, err
	}
	r := int(lowest[0])
	if r == c.size {
		return nil, nil
	}
	text := make([]byte, 1024)
	if r == c.rank {
		copy(text, unwrapped(why).Error())
	}
	if err := Bcast(ctx, c, text, r); err != nil {
		return nil, err
	}
	if r == c.rank {
		return why, nil
	}
	return &NotSharedError{Rank: c.worldRank(r), Host: c.Member(r).Host, Err: fmt.Errorf("%s", trimZeros(text))}, nil
}

// unwrapped is the cause of a *NotSharedError.
func unwrapped(err error) error {
	if e, ok := err.(*NotSharedError); ok {
		return e.Err
	}
	return err
}

func trimZeros(p []byte) []byte {
	for len(p) > 0 && p[len(p)-1] == 0 {
		p = p[:len(p)-1]
	}
	return p
}

// Data is this rank's view of the array. A rank other than the root must not write
// it; where the memory is mapped, it cannot. It must not be touched after Close.
func (s *Shared[T]) Data() []T { return s.data }

// Private says why the ranks of this rank's node have copies of their own, a
// *NotSharedError; nil: they have one in common. All ranks of a node are told the
// same.
func (s *Shared[T]) Private() error { return s.private }

// Acquire is collective and begins an epoch. A rank that calls it no longer reads
// Data. It returns on the root when all ranks have called it.
func (s *Shared[T]) Acquire(ctx context.Context) error {
	if s.acquired {
		return s.local.argument("acquire", "epoch %d was acquired and not published", s.epoch)
	}
	s.acquired = true
	if err := s.node.Collect(ctx); err != nil || s.leaders == nil {
		return err
	}
	word := []int64{s.epoch}
	return Reduce(ctx, s.leaders, word, word, Min[int64](), 0)
}

// Publish is collective: it returns when this rank may read what the root has
// written to Data since Acquire.
func (s *Shared[T]) Publish(ctx context.Context) error {
	if !s.acquired {
		return s.local.argument("publish", "epoch %d was not acquired", s.epoch)
	}
	s.acquired = false
	s.epoch++
	if s.leaders != nil && s.leaders.size > 1 {
		if err := Bcast(ctx, s.leaders, s.data, 0); err != nil {
			return err
		}
	}
	switch {
	case s.local.size == 1:
		return nil
	case s.private != nil:
		return Bcast(ctx, s.local, s.data, 0)
	}
	return s.node.Tell(ctx)
}

// Close gives back this rank's view of the array. All ranks call it; none waits for
// another.
func (s *Shared[T]) Close() error {
	s.data = nil
	return s.node.Close()
}

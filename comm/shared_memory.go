package comm

import (
	"context"
	"errors"
	"fmt"

	"numcomp/comm/transport"
)

// NodePart is a piece of NodeMemory: memory of its own, which starts at a page's
// boundary.
type NodePart struct {
	// Bytes is its length.
	Bytes int
	// Writable lets all ranks of the node write it; otherwise only the leader can.
	Writable bool
}

// NodeMemory is memory that the ranks of a node have in common, once. The leader,
// rank 0 of the communicator that it was made for, has allocated it, and the others
// have mapped it, which proves that they can. What one rank writes another may read
// after it has heard of it, by any message of comm's or through Tell and Collect.
type NodeMemory struct {
	local *Comm
	parts []transport.Segment
	told  int64
}

// NotSharedError says why the ranks of a node have no memory in common, as far as
// this rank knows.
type NotSharedError struct {
	// Rank is the world rank of who could not have it, and Host its host.
	Rank int
	Host string
	Err  error
}

func (e *NotSharedError) Error() string {
	host := ""
	if e.Host != "" {
		host = " (host " + e.Host + ")"
	}
	return fmt.Sprintf("rank %d%s cannot have memory in common with its node: %v", e.Rank, host, e.Err)
}

// Unwrap returns the cause.
func (e *NotSharedError) Unwrap() error { return e.Err }

var (
	errNoSharer = errors.New("its transport carries messages only")
	errNotNear  = errors.New("it cannot reach the memory of its node's leader")
	errNoMemory = errors.New("its node's leader has none to map")
	errParts    = errors.New("it asked for other parts than its node's leader")
)

// MayShare tells whether this rank may be able to map memory of rank leader of c:
// nil if so. Only NewNodeMemory proves it.
func (c *Comm) MayShare(leader int) error {
	s, ok := transport.SharerOf(c.world.t)
	switch {
	case !ok:
		return c.notShared(errNoSharer)
	case !s.Near(c.worldRank(leader)):
		return c.notShared(errNotNear)
	}
	return nil
}

func (c *Comm) notShared(err error) error {
	return &NotSharedError{Rank: c.worldRank(c.rank), Host: c.Member(c.rank).Host, Err: err}
}

// NewNodeMemory is collective over local, whose ranks should be of one node. It
// takes one broadcast of a few words. Every rank passes the same parts. The leader
// takes what it alone writes at once where the system has huge pages, and all else as it
// is written: see beforehand that there is enough.
//
// why is this rank's reason for having got no memory, a *NotSharedError; other ranks
// may have got it: agree on that, and close it where one has not. err is a failure
// to communicate.
func NewNodeMemory(ctx context.Context, local *Comm, parts []NodePart) (m *NodeMemory, why, err error) {
	const fields = 3 // length + 1, or 0: there is none; handle
	words := make([]uint64, fields*len(parts))
	m = &NodeMemory{local: local}
	s, ok := transport.SharerOf(local.world.t)
	if !ok {
		why = local.notShared(errNoSharer)
	}
	if local.rank == 0 && why == nil {
		for i, p := range parts {
			seg, fault := s.Allocate(p.Bytes)
			if fault != nil {
				why = local.notShared(fault)
				clear(words)
				break
			}
			if !p.Writable {
				seg.Populate()
			}
			m.parts = append(m.parts, seg)
			h := seg.Handle()
			copy(words[fields*i:], []uint64{uint64(p.Bytes) + 1, h[0], h[1]})
		}
	}
	if err := Bcast(ctx, local, words, 0); err != nil {
		m.Close()
		return nil, nil, err
	}
	if local.rank != 0 && why == nil {
		for i, p := range parts {
			w := words[fields*i:]
			switch {
			case w[0] == 0:
				why = local.notShared(errNoMemory)
			case w[0] != uint64(p.Bytes)+1:
				why = local.notShared(errParts)
			default:
				var seg transport.Segment
				if seg, why = s.Attach(local.worldRank(0), transport.Handle{w[1], w[2]}, p.Bytes, p.Writable); why != nil {
					why = local.notShared(why)
					break
				}
				m.parts = append(m.parts, seg)
			}
			if why != nil {
				break
			}
		}
	}
	if why != nil {
		m.Close()
		return nil, why, nil
	}
	return m, nil, nil
}

// Part is part i. It must not be touched after Close or Release.
func (m *NodeMemory) Part(i int) []byte { return m.parts[i].Bytes() }

// Release takes part i out of m, which Close then leaves alone: free gives it back.
func (m *NodeMemory) Release(i int) (free func()) {
	seg := m.parts[i]
	m.parts[i] = nil
	return func() { seg.Close() }
}

// Tell is collective over the node: what the leader wrote before it, the others may
// read after it. A rank is told by one small message.
func (m *NodeMemory) Tell(ctx context.Context) error {
	m.told++
	word := []int64{m.told}
	if err := Bcast(ctx, m.local, word, 0); err != nil {
		return err
	}
	if word[0] != m.told {
		return m.local.argument("tell", "this rank is at epoch %d, its node's leader at %d: a collective was left out", m.told, word[0])
	}
	return nil
}

// Collect is collective over the node: what the others did to the memory before it,
// the leader may rely on after it. The others do not wait.
func (m *NodeMemory) Collect(ctx context.Context) error {
	word := []int64{m.told}
	return Reduce(ctx, m.local, word, word, Min[int64](), 0)
}

// Close gives back this rank's mapping of all parts. It does not communicate: ranks
// that still have it mapped keep it.
func (m *NodeMemory) Close() error {
	var errs []error
	for i, p := range m.parts {
		if p != nil {
			errs = append(errs, p.Close())
		}
		m.parts[i] = nil
	}
	return errors.Join(errs...)
}

// Elements is memory of a NodePart as elements of type T.
func Elements[T Element](p []byte) []T { return elementsOf[T](p) }

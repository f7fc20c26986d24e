package shm

import (
	"fmt"

	"numcomp/comm/transport"
)

// Segments is the memory that ranks of a node have in common without messages: a
// transport.Sharer for ranks whose messages travel by another transport.
type Segments struct {
	rank  int
	peers transport.Table[Peer]
}

// NewSegments makes rank's. Of the peers' Memory, Space alone counts: what Space
// returned in that rank, 0 if it cannot share.
func NewSegments(rank int, peers transport.Table[Peer]) *Segments { return &Segments{rank, peers} }

// Space opens this process's memory to the other processes of its user, and is equal
// in those that can then map each other's segments. An error says why they cannot.
func Space() (uint64, error) {
	in, err := space()
	if err == nil {
		letOthersRead()
	}
	return in, err
}

// Near implements transport.Sharer.
func (s *Segments) Near(rank int) bool {
	if rank < 0 || rank >= s.peers.Len() {
		return false
	}
	mine, its := s.peers.At(s.rank), s.peers.At(rank)
	return mine.Node == its.Node && mine.Memory.Space != 0 && mine.Memory.Space == its.Memory.Space
}

// Allocate implements transport.Sharer.
func (s *Segments) Allocate(n int) (transport.Segment, error) { return allocate(n) }

// Attach implements transport.Sharer.
func (s *Segments) Attach(owner int, handle transport.Handle, n int, writable bool) (transport.Segment, error) {
	if owner < 0 || owner >= s.peers.Len() {
		return nil, fmt.Errorf("rank %d of %d: %w", owner, s.peers.Len(), transport.ErrRank)
	}
	if !s.Near(owner) {
		return nil, notNear(owner, s.peers.At(owner))
	}
	return attach(s.rank, owner, s.peers.At(owner), handle, n, writable)
}

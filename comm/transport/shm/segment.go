package shm

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"numcomp/comm/transport"
)

// segment is memory that a rank has allocated or attached. Its first page holds a
// nonce, which proves that what was mapped is what was meant.
type segment struct {
	mem    []byte
	handle transport.Handle
	fd     int // of the owner, else -1
	once   sync.Once
}

// Allocate implements transport.Sharer.
func (t *Transport) Allocate(n int) (transport.Segment, error) { return allocate(n) }

// Attach implements transport.Sharer.
func (t *Transport) Attach(owner int, handle transport.Handle, n int, writable bool) (transport.Segment, error) {
	if err := t.checkRank(owner); err != nil {
		return nil, err
	}
	if !t.Near(owner) {
		return nil, notNear(owner, t.peers.At(owner))
	}
	return attach(t.rank, owner, t.peers.At(owner), handle, n, writable)
}

// allocate makes a segment. The first word of its handle is a descriptor, the second
// a nonce.
func allocate(n int) (transport.Segment, error) {
	if n < 0 {
		return nil, fmt.Errorf("a segment of %d bytes", n)
	}
	var nonce [8]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, err
	}
	fd, mem, err := newMemory("numcomp-segment", pageSize+n)
	if err != nil {
		return nil, err
	}
	copy(mem, nonce[:])
	return &segment{mem: mem, fd: fd, handle: transport.Handle{uint64(fd), binary.NativeEndian.Uint64(nonce[:])}}, nil
}

// attach maps the segment of rank owner, which is p, in rank's process.
func attach(rank, owner int, p Peer, handle transport.Handle, n int, writable bool) (transport.Segment, error) {
	pid := p.PID
	if owner == rank {
		pid = os.Getpid()
	}
	mem, err := mapMemory(pid, int(handle[0]), pageSize+n, writable)
	if err != nil {
		return nil, fmt.Errorf("memory of %s: %w", transport.RankName(owner, p.Host, p.PID), err)
	}
	if binary.NativeEndian.Uint64(mem) != handle[1] {
		unmap(mem)
		return nil, fmt.Errorf("memory of %s: %w", transport.RankName(owner, p.Host, p.PID), errOther)
	}
	return &segment{mem: mem, fd: -1, handle: handle}, nil
}

// notNear is the error of attaching memory of rank owner, which is p.
func notNear(owner int, p Peer) error {
	return fmt.Errorf("rank %d (host %s) is on another node, or shares no memory", owner, p.Host)
}

var errOther = errors.New("it is another segment, or has been closed")

// Bytes implements transport.Segment.
func (s *segment) Bytes() []byte { return s.mem[pageSize:] }

// Populate implements transport.Segment.
func (s *segment) Populate() { populate(s.mem) }

// Handle implements transport.Segment.
func (s *segment) Handle() transport.Handle { return s.handle }

// Close implements transport.Segment.
func (s *segment) Close() error {
	s.once.Do(func() {
		unmap(s.mem)
		if s.fd >= 0 {
			closeFD(s.fd)
		}
	})
	return nil
}

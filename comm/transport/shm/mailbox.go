package shm

import (
	"sync/atomic"
	"unsafe"
)

// The layout of a mailbox, in bytes. Only pages that are written take memory: a
// rank with ten correspondents, some 400 KiB.
const (
	pageSize = 4096
	// maxRings is how many ranks can send to one through its mailbox, and
	// maxOffers how many long messages a rank can have on offer at a time.
	maxRings, maxOffers = 1024, 1024
	// maxPipes is how many rings, the first ones, have a pipe.
	maxPipes = 16

	headerAt    = 0
	directoryAt = headerAt + pageSize
	offersAt    = directoryAt + 8*maxRings
	controlAt   = offersAt + 8*maxOffers
	ringsAt     = controlAt + controlBytes*maxRings
	pipesAt     = ringsAt + ringBytes*maxRings
	mailboxSize = pipesAt + pipeBytes*maxPipes
)

// header is the first page of a mailbox. What its owner writes often, what others
// write often, and what nobody does stand on cache lines of their own.
type header struct {
	nonce    uint64
	doorbell uint64 // the descriptor of the pipe's writing end, in the owner
	state    atomic.Uint32
	_        [64 - 20]byte

	asleep atomic.Uint32 // 1: who puts something into the mailbox rings the doorbell
	_      [60]byte

	attending atomic.Int32 // calls that look for messages and have something under way
	_         [60]byte

	claimed atomic.Uint64 // rings
	_       [56]byte

	bell atomic.Uint64 // bit n%64: ring n >= watched has something; see poll.go
}

// The states of a mailbox's owner.
const (
	open uint32 = iota
	closed
	broken
)

// mailbox is a rank's, mapped by the rank itself or by another.
type mailbox struct {
	mem []byte
	*header
	directory []atomic.Uint64 // by ring: 1 + the rank that sends in it, 0 while that has not signed
	offers    []atomic.Uint64 // of the owner's: see offer.go
}

func newMailbox(mem []byte) *mailbox {
	return &mailbox{
		mem:       mem,
		header:    (*header)(unsafe.Pointer(&mem[headerAt])),
		directory: unsafe.Slice((*atomic.Uint64)(unsafe.Pointer(&mem[directoryAt])), maxRings),
		offers:    unsafe.Slice((*atomic.Uint64)(unsafe.Pointer(&mem[offersAt])), maxOffers),
	}
}

// claim takes a ring in another rank's mailbox, -1 if there is none left. It is to
// be signed.
func (m *mailbox) claim() int {
	n := m.claimed.Add(1) - 1
	if n >= maxRings {
		return -1
	}
	return int(n)
}

// sign has ring n be rank's. It tells whether others have claimed rings meanwhile:
// the owner, who takes note of rings in their order, may have looked at theirs in
// vain and sleep again.
func (m *mailbox) sign(n, rank int) (others bool) {
	m.directory[n].Store(uint64(rank) + 1)
	return int(m.claimed.Load()) > n+1
}

// ring is ring n. Each of its two users has a view of its own.
func (m *mailbox) ring(n int) *ring {
	at := ringsAt + n*ringBytes
	return newRing(m.mem[controlAt+n*controlBytes:][:controlBytes], m.mem[at:at+ringBytes])
}

// pipe is the memory of the pipe of ring n, nil if it has none.
func (m *mailbox) pipe(n int) []byte {
	if n >= maxPipes {
		return nil
	}
	return m.mem[pipesAt+n*pipeBytes:][:pipeBytes]
}

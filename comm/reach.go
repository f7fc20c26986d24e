package comm

import (
	"runtime"
	"unsafe"
)

// Blocks that are longer than shortBlock, or than a slot, are not written to a buffer:
// their owner says where they are, and they are copied once, piece by piece, by whoever
// has a CPU: the rank that gives and the rank that gets both take pieces until there are
// none left. The pieces of a block are counted in its ticket, at the rank that has it.

const (
	shortBlock = 32 << 10
	mostPiece  = 256 << 10
	leastPiece = 32 << 10
	piecesEach = 4 // of a block of medium length
)

// inSlot tells whether a block of n bytes goes through its rank's slot.
func (x *call) inSlot(h *hall, n int) bool {
	return n <= min(h.slotBytes(), x.c.tuning.short)
}

// pieceBytes is how much of a block of n bytes is copied at a time.
func (x *call) pieceBytes(n int) int {
	return min(mostPiece, max(x.c.tuning.piece, ceilDiv(ceilDiv(n, piecesEach), x.c.tuning.piece)*x.c.tuning.piece))
}

// pieces is how many those are.
func (x *call) pieces(n int) int { return ceilDiv(n, x.pieceBytes(n)) }

// write has the ticket tell of a block, none of whose pieces has been moved.
func (k *ticket) write(n int, addr uintptr) {
	k.n, k.addr = uint64(n), uint64(addr)
	k.claimed.Store(0)
	k.moved.Value.Store(0)
}

// addressOf is where p lies, 0 if it is empty.
func addressOf(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

// move copies pieces of the n bytes that ticket k counts, as long as there are any and
// rank number with takes part in the collective: how copies them, between this rank's p
// and that rank's memory at addr.
func (x *call) move(h *hall, k *ticket, with int, p []byte, addr uintptr, how func(rank int, addr uintptr, p []byte) error) error {
	inside := &h.desks[h.me].inside
	inside.Store(uint32(with) + 1)
	defer inside.Store(0)
	size, count := x.pieceBytes(len(p)), uint64(x.pieces(len(p)))
	for h.desks[with].barred.Load() == 0 {
		i := k.claimed.Add(1) - 1
		if i >= count {
			break
		}
		at := int(i) * size
		if err := how(h.ranks[with], addr+uintptr(at), p[at:min(len(p), at+size)]); err != nil {
			if !h.meeter.Alive(h.ranks[with]) {
				break // it will be told how that rank died
			}
			return x.c.peerError(x.kind.String(), "recv", x.c.place.l.mine[with], -1, err)
		}
		h.count(&k.moved, uint32(count))
	}
	return nil
}

// moved waits until all pieces of the n bytes that ticket k counts have been.
func (x *call) moved(h *hall, k *ticket, with, n int) error {
	return x.await(h, &k.moved, uint32(x.pieces(n)), with, true)
}

// bar waits, in a collective that has failed, until no other rank touches this rank's
// memory: each finishes its piece, or has died.
func (h *hall) bar() {
	h.desks[h.me].barred.Store(1)
	for i := range h.desks {
		for h.desks[i].inside.Load() == uint32(h.me)+1 && i != h.me && h.meeter.Alive(h.ranks[i]) {
			runtime.Gosched()
		}
	}
}

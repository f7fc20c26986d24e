package transport

import (
	"context"
	"sync/atomic"
)

// Word is a number in a Segment that ranks wait for. It only grows, modulo 2^32, and
// by less than 2^31 while anybody waits for it.
type Word struct {
	Value atomic.Uint32
	// Sleepers are those who have to be woken (Meeter.Wake) when Value has changed.
	Sleepers atomic.Uint32
}

// Reached tells whether w has grown to n.
func (w *Word) Reached(n uint32) bool { return int32(w.Value.Load()-n) >= 0 }

// Presence is what has become of a rank's transport, as other ranks see it in a
// Segment.
type Presence uint32

// The presences.
const (
	Present Presence = iota // it works
	Closed                  // its rank has closed it
	Broken                  // it has broken down
)

// Meeter is a Sharer whose ranks can wait for one another at words in segments,
// without messages, and can copy to and from one another's memory. It is an optional
// power.
type Meeter interface {
	Sharer
	// Enlist hands seg over: it is closed with the transport. Once that has ended,
	// presence, which lies in seg, says how.
	Enlist(seg Segment, presence *atomic.Uint32)
	// Enter begins what touches enlisted segments, and Leave ends it: in between
	// the transport's Close does not give them back. An error is why the transport
	// has ended; there is nothing to leave then.
	Enter() error
	Leave()
	// Await returns once w has reached target, after Enter. Meanwhile it has
	// messages move, as Wait does; as with Wait, a context that ends breaks the
	// world. patient says that bytes are on their way, so that it may look for longer
	// before it sleeps. From time to time it calls gone, which tells a rank that is waited for and
	// no longer present, or that there is none (-1): if that has closed its transport,
	// Await fails, and if it has broken down, it is a lost peer.
	Await(ctx context.Context, w *Word, target uint32, patient bool, gone func() (rank int, p Presence)) error
	// Wake wakes all who sleep at w.
	Wake(w *Word)
	// Get copies len(p) bytes at address addr of rank's memory to p, and Put copies
	// p there. That memory must not be freed meanwhile. An error means that it is not
	// permitted, or that the rank has died.
	Get(rank int, addr uintptr, p []byte) error
	Put(rank int, addr uintptr, p []byte) error
	// Alive tells whether rank's process still runs.
	Alive(rank int) bool
}

// MeeterOf returns the Meeter that SharerOf returns, if it is one.
func MeeterOf(t Transport) (Meeter, bool) {
	s, ok := SharerOf(t)
	if !ok {
		return nil, false
	}
	m, ok := s.(Meeter)
	return m, ok
}

package shm

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"
)

const (
	// ringBytes is the capacity of a ring: a power of two, a multiple of the
	// page size. Four of the longest eager messages.
	ringBytes = 32 << 10
	// frameAlign is what frames begin at multiples of, so that a frame's header,
	// as long, is never cut in two.
	frameAlign = frameHeader
	// controlBytes is the length of a control.
	controlBytes = 128
)

// boxBytes is the longest message, in bytes, that fits the box.
const boxBytes = 24

// control is what the two users of a ring tell each other, on a cache line each.
// Positions count bytes since the beginning; they do not wrap.
//
// The sender's line holds the box: a short eager message that is sent while the
// ring is empty stands there instead of in the ring, so that one cache line, and
// not two, goes from one CPU to the other. Its place in the ring stays unused.
type control struct {
	tail   atomic.Uint64 // the sender's: frames before it are whole
	want   atomic.Uint32 // 1: the sender has more than there was room for
	boxLen uint32        // of the message in the box, in bytes
	boxAt  uint64        // 1 + the position of the frame in the box; 0: none yet
	boxTag uint64
	boxA   uint64
	box    [boxBytes]byte

	head     atomic.Uint64 // the receiver's: frames before it are consumed
	received atomic.Uint64 // the receiver's: cost of the eager messages that met their receives
	parts    atomic.Uint64 // the receiver's: parts taken out of the pipe
	_        [64 - 24]byte
}

// ring is a queue of frames from one sender to one receiver: a circle of bytes,
// one writer, one reader. Each uses a ring of its own over the same memory.
type ring struct {
	*control
	data []byte
	at   uint64 // the user's own position: where it writes or reads next
	seen uint64 // the other's position, when last looked at
	gone uint64 // the receiver's: head

	onStep func(step) // nil: nobody is told
}

func newRing(ctl, data []byte) *ring {
	return &ring{control: (*control)(unsafe.Pointer(&ctl[0])), data: data}
}

// putEager sends an eager message, and tells whether there was room for it. back is
// the ring in the other direction, nil if there is none.
func (r *ring) putEager(tag uint64, p []byte, back *ring) bool {
	f := frame{kind: eager, tag: tag}
	if back != nil {
		f.a = back.gone
	}
	if len(p) > boxBytes || r.at != r.seen {
		return r.put(f, p)
	}
	r.boxAt, r.boxLen, r.boxTag, r.boxA = r.at+1, uint32(len(p)), f.tag, f.a
	copy(r.box[:], p)
	r.at += frameLen(len(p))
	r.publish()
	return true
}

// heard takes note of the receiver's head.
func (r *ring) heard(head uint64) {
	if head > r.seen && head <= r.at {
		r.seen = head
	}
}

// put writes a frame, and tells whether there was room for it. The payload is
// copied.
func (r *ring) put(f frame, payload []byte) bool {
	need := frameLen(len(payload))
	if r.at+need-r.seen > uint64(len(r.data)) {
		r.seen = r.head.Load()
		if r.at+need-r.seen > uint64(len(r.data)) {
			return false
		}
	}
	at := int(r.at) & (len(r.data) - 1)
	h := r.data[at : at+frameHeader]
	binary.NativeEndian.PutUint64(h, uint64(f.kind)<<56|uint64(len(payload)))
	binary.NativeEndian.PutUint64(h[8:], f.tag)
	binary.NativeEndian.PutUint64(h[16:], f.a)
	binary.NativeEndian.PutUint64(h[24:], f.b)
	if len(payload) > 0 {
		first := (at + frameHeader) & (len(r.data) - 1)
		n := copy(r.data[first:], payload)
		copy(r.data, payload[n:])
	}
	r.at += need
	r.publish()
	return true
}

// publish has the receiver see what has been written.
func (r *ring) publish() {
	if r.onStep != nil {
		r.onStep(stepWritten)
	}
	r.tail.Store(r.at)
}

// room tells whether a payload of n bytes fits now.
func (r *ring) room(n int) bool {
	r.seen = r.head.Load()
	return r.at+frameLen(n)-r.seen <= uint64(len(r.data))
}

// get returns the oldest frame and its payload, in two parts, of which the second
// is empty unless the payload goes round the end. They are valid until release.
func (r *ring) get() (f frame, p, q []byte, ok bool) {
	if r.at == r.seen {
		if r.seen = r.tail.Load(); r.at == r.seen {
			return frame{}, nil, nil, false
		}
		// The sender used the box only if it knew the ring to be empty.
		if r.boxAt == r.at+1 {
			p = r.box[:r.boxLen]
			r.at += frameLen(len(p))
			return frame{kind: eager, tag: r.boxTag, a: r.boxA}, p, nil, true
		}
	}
	at := int(r.at) & (len(r.data) - 1)
	h := r.data[at : at+frameHeader]
	word := binary.NativeEndian.Uint64(h)
	f = frame{
		kind: kind(word >> 56),
		tag:  binary.NativeEndian.Uint64(h[8:]),
		a:    binary.NativeEndian.Uint64(h[16:]),
		b:    binary.NativeEndian.Uint64(h[24:]),
	}
	n := int(word & (1<<56 - 1))
	first := (at + frameHeader) & (len(r.data) - 1)
	p = r.data[first:min(first+n, len(r.data))]
	q = r.data[:n-len(p)]
	r.at += frameLen(n)
	return f, p, q, true
}

// release gives the room of the frames that get has returned back to the sender,
// and tells whether it waits for that.
func (r *ring) release() bool {
	r.gone = r.at
	r.head.Store(r.at)
	return r.want.Load() != 0 && r.want.CompareAndSwap(1, 0)
}

// pending tells, without a lock, whether there is a frame that has not been
// released.
func (r *ring) pending() bool { return r.tail.Load() != r.head.Load() }

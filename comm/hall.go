package comm

import (
	"encoding/binary"
	"runtime"
	"sync/atomic"
	"unsafe"

	"numcomp/comm/transport"
)

// hall is memory in which the ranks of one node meet for collectives: they tell one
// another by words, on which they sleep and from which one call wakes all, and pass
// bytes on through buffers that all of them can read and write.
//
// Bytes go by stages. A stage has one buffer; the next ones have the other buffers in
// turn. All ranks go through all stages in one order, but not at one time: a rank that
// has read or written its part of a stage serves it, and a buffer can be written again
// when all ranks have served its last stage. So who writes need not wait for readers
// until the buffers have all been used.
type hall struct {
	ranks []int // world ranks; the first has allocated the memory
	me    int

	state  hallState
	meeter transport.Meeter
	lost   func() (int, transport.Presence) // gone, made once
	seg    transport.Segment

	head    *hallHead
	desks   []desk            // by rank
	tickets [buffers][]ticket // by stage and rank: what the rank says
	places  [buffers][]ticket // by stage and rank: what the root says to it
	data    [buffers][]byte

	// How far this rank has come.
	calls    uint32 // collectives
	barriers uint32
	stage    uint64
	comings  [buffers]uint32 // stages of a buffer in which ranks say that they have come
}

// hallState is whether a node's ranks can meet: the least of the ranks' is the node's.
type hallState byte

const (
	closedHall hallState = iota // they cannot
	openHall                    // they can
	reachHall                   // they can reach one another's memory, too
	unknown                     // nobody has tried
)

// crowd is so many ranks a CPU that, where nodes wait for one another, a hall does worse
// than messages: 8 nodes of 64 ranks each on 2 CPUs took four times as long for a
// barrier, and those of 16 a quarter.
const crowd = 16

const (
	// buffers is how many a hall has, a power of two, and bufferBytes their length. They
	// take memory as they are written.
	buffers     = 4
	bufferBytes = 256 << 10
	line        = 64 // of a cache, in bytes
)

// hallHead is the first page of a hall's memory. Words that several ranks write stand
// on cache lines of their own.
type hallHead struct {
	nonce   uint64
	cpus    uint64 // of the node
	_       [line - 16]byte
	arrived transport.Word // at barriers, all together
	_       [line - 8]byte
	gate    transport.Word // barriers that all have arrived at
	_       [line - 8]byte
	came    [buffers]lineWord // ranks that have written their part of a buffer's stages
	served  [buffers]lineWord // ranks that have served them
	folded  [buffers]lineWord // stages that somebody has combined
}

// lineWord is a word on a cache line of its own.
type lineWord struct {
	transport.Word
	_ [line - 8]byte
}

// desk is what one rank writes and all read.
type desk struct {
	ready    transport.Word // stages that this rank has done its part of
	_        [line - 8]byte
	called   atomic.Uint32 // collectives begun
	left     atomic.Uint32 // collectives ended
	presence atomic.Uint32
	inside   atomic.Uint32 // 1 + the rank whose memory this one may be touching
	barred   atomic.Uint32 // nobody may begin to touch this rank's memory
	_        [line - 20]byte
}

// ticket is what a rank says of its part of a stage.
type ticket struct {
	n       uint64 // a length in bytes
	addr    uint64 // where its memory is
	claimed atomic.Uint64
	moved   transport.Word
}

const pageBytes = 4096

// hallBytes is the length of the memory of n ranks.
func hallBytes(n int) int { return hallData(n) + buffers*bufferBytes }

// hallData is where the buffers begin.
func hallData(n int) int {
	control := n * (int(unsafe.Sizeof(desk{})) + 2*buffers*int(unsafe.Sizeof(ticket{})))
	return pageBytes + ceilDiv(control, pageBytes)*pageBytes
}

// lay finds everything in the memory.
func (h *hall) lay(mem []byte) {
	n := len(h.ranks)
	h.head = (*hallHead)(unsafe.Pointer(&mem[0]))
	h.desks = unsafe.Slice((*desk)(unsafe.Pointer(&mem[pageBytes])), n)
	at := pageBytes + n*int(unsafe.Sizeof(desk{}))
	for b := range buffers {
		h.tickets[b] = unsafe.Slice((*ticket)(unsafe.Pointer(&mem[at])), n)
		at += n * int(unsafe.Sizeof(ticket{}))
		h.places[b] = unsafe.Slice((*ticket)(unsafe.Pointer(&mem[at])), n)
		at += n * int(unsafe.Sizeof(ticket{}))
		from := hallData(n) + b*bufferBytes
		h.data[b] = mem[from : from+bufferBytes : from+bufferBytes]
	}
}

// open is collective over a node: the leader makes the memory, and the others map it.
// Then h.state says what this rank can do.
func (x *call) open(h *hall, l *placement) error {
	h.state = closedHall
	n := len(h.ranks)
	if n == 1 {
		h.state = reachHall // there is nobody to reach
		return nil
	}
	m, ok := transport.MeeterOf(x.c.world.t)
	var words [4]uint64 // 1 if there is memory, handle, address
	if l.me == 0 && ok && !(len(l.leaders) > 1 && n > crowd*runtime.NumCPU()) {
		if seg, err := m.Allocate(hallBytes(n)); err == nil {
			h.seg = seg
			h.lay(seg.Bytes())
			handle := seg.Handle()
			words = [4]uint64{1, handle[0], handle[1], uint64(uintptr(unsafe.Pointer(h.head)))}
			h.head.nonce, h.head.cpus = handle[1]^words[3], uint64(runtime.NumCPU())
		}
	}
	if err := x.down(l.mine, l.me, bytesOf(words[:])); err != nil {
		return err
	}
	if !ok || words[0] == 0 {
		return nil
	}
	h.meeter, h.lost = m, h.gone
	if l.me > 0 {
		seg, err := m.Attach(h.ranks[0], transport.Handle{words[1], words[2]}, hallBytes(n), true)
		if err != nil {
			return nil // it is not said: messages do the same
		}
		h.seg = seg
		h.lay(seg.Bytes())
		var nonce [8]byte
		if err := m.Get(h.ranks[0], uintptr(words[3]), nonce[:]); err != nil || binary.NativeEndian.Uint64(nonce[:]) != h.head.nonce {
			h.state = openHall
			return nil
		}
	}
	h.state = reachHall
	return nil
}

// settle takes the node's state.
func (h *hall) settle(state hallState) {
	h.state = state
	switch {
	case h.seg == nil:
	case state == closedHall:
		h.seg.Close()
		h.seg = nil
	case h.desks[h.me].called.Load() == 0:
		h.meeter.Enlist(h.seg, &h.desks[h.me].presence)
		h.desks[h.me].called.Store(1)
		h.desks[h.me].left.Store(1)
		h.calls = 1
	}
}

// crowded tells whether the node has fewer CPUs than ranks here. All its ranks agree.
func (x *call) crowded(h *hall) bool {
	return len(h.ranks) > max(int(h.head.cpus), x.c.tuning.cpus)
}

// enter begins a collective in h.
func (x *call) enter(h *hall) error {
	if len(h.ranks) == 1 {
		return nil
	}
	if err := h.meeter.Enter(); err != nil {
		return &Error{Op: x.kind.String(), Rank: x.c.rank, Peer: -1, Tag: -1, Err: err}
	}
	x.hall = h
	h.calls++
	h.desks[h.me].called.Store(h.calls)
	return nil
}

// done ends it where it has succeeded.
func (x *call) done() {
	if h := x.hall; h != nil {
		h.desks[h.me].left.Store(h.calls)
	}
}

// await waits until a word of a hall has reached target: rank number of brings it
// there, or, if that is -1, several. patient: bytes are on their way.
func (x *call) await(h *hall, w *transport.Word, target uint32, of int, patient bool) error {
	if w.Reached(target) {
		return nil
	}
	err := h.meeter.Await(x.ctx, w, target, patient, h.lost)
	if err == nil {
		return nil
	}
	if of < 0 {
		of = h.late()
	}
	return x.c.peerError(x.kind.String(), "recv", x.c.place.l.mine[of], -1, explain(err))
}

// gone is a rank that has ended its transport before it ended the collective that this
// rank is in, -1 if there is none.
func (h *hall) gone() (rank int, p transport.Presence) {
	for i := range h.desks {
		d := &h.desks[i]
		if p := transport.Presence(d.presence.Load()); p != transport.Present && i != h.me && int32(d.left.Load()-h.calls) < 0 {
			return h.ranks[i], p
		}
	}
	return -1, transport.Present
}

// late is the number of a rank that has not begun the collective that this rank is in,
// or at least not ended it.
func (h *hall) late() int {
	late := (h.me + 1) % len(h.ranks)
	for i := range h.desks {
		d := &h.desks[i]
		switch {
		case i == h.me:
		case int32(d.called.Load()-h.calls) < 0:
			return i
		case int32(d.left.Load()-h.calls) < 0:
			late = i
		}
	}
	return late
}

// set has w be n, and wakes who waits for it.
func (h *hall) set(w *transport.Word, n uint32) {
	w.Value.Store(n)
	if w.Sleepers.Load() != 0 {
		h.meeter.Wake(w)
	}
}

// count adds one to w, and wakes who waits for target when it is reached. It tells
// whether it is.
func (h *hall) count(w *transport.Word, target uint32) bool {
	if w.Value.Add(1) != target {
		return false
	}
	if w.Sleepers.Load() != 0 {
		h.meeter.Wake(w)
	}
	return true
}

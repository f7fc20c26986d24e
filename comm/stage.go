package comm

// stages takes the next n stages of the hall, for all its ranks alike, and returns the
// first.
func (h *hall) stages(n int) uint64 {
	first := h.stage
	h.stage += uint64(n)
	return first
}

// round is how often stage t's buffer has been used when all have served it.
func round(t uint64) uint32 { return uint32(t/buffers + 1) }

// free waits until stage t's buffer can be written.
func (x *call) free(h *hall, t uint64) error {
	all := uint32(len(h.ranks)) * (round(t) - 1)
	return x.await(h, &h.head.served[t%buffers].Word, all, -1, true)
}

// serve says that this rank needs stage t's buffer no longer.
func (h *hall) serve(t uint64) {
	h.count(&h.head.served[t%buffers].Word, uint32(len(h.ranks))*round(t))
}

// servedByAll waits until nobody needs what stage t has led to.
func (x *call) servedByAll(h *hall, t uint64) error {
	return x.await(h, &h.head.served[t%buffers].Word, uint32(len(h.ranks))*round(t), -1, true)
}

// come says that this rank has written its part of stage t. It tells whether all have.
func (h *hall) come(t uint64) (last bool) {
	h.comings[t%buffers]++
	return h.count(&h.head.came[t%buffers].Word, uint32(len(h.ranks))*h.comings[t%buffers])
}

// allCome waits until all ranks have, after this one has.
func (x *call) allCome(h *hall, t uint64) error {
	return x.await(h, &h.head.came[t%buffers].Word, uint32(len(h.ranks))*h.comings[t%buffers], -1, true)
}

// ready says that this rank has done its part of stage t, for those who wait for this
// rank alone.
func (h *hall) ready(t uint64) { h.set(&h.desks[h.me].ready, uint32(t+1)) }

// awaitReady waits for rank number i's part of stage t.
func (x *call) awaitReady(h *hall, i int, t uint64) error {
	return x.await(h, &h.desks[i].ready, uint32(t+1), i, true)
}

// isReady tells whether it is there.
func (h *hall) isReady(i int, t uint64) bool { return h.desks[i].ready.Reached(uint32(t + 1)) }

// ticket is what rank number i says of stage t, and place where the root has its block.
func (h *hall) ticket(t uint64, i int) *ticket { return &h.tickets[t%buffers][i] }
func (h *hall) place(t uint64, i int) *ticket  { return &h.places[t%buffers][i] }

// buffer is stage t's.
func (h *hall) buffer(t uint64) []byte { return h.data[t%buffers] }

// slot is rank number i's part of stage t's buffer.
func (h *hall) slot(t uint64, i int) []byte {
	n := h.slotBytes()
	return h.buffer(t)[i*n : (i+1)*n : (i+1)*n]
}

// slotBytes is the length of a rank's part of a buffer.
func (h *hall) slotBytes() int { return bufferBytes / len(h.ranks) / line * line }

// checkLength compares what rank number i says of stage t with n.
func (x *call) checkLength(h *hall, t uint64, i, n int) error {
	if got := h.ticket(t, i).n; got != uint64(n) {
		return x.c.peerError(x.kind.String(), "recv", x.c.place.l.mine[i], -1, lengthError(int(got), n))
	}
	return nil
}

// The least part of a message that has a stage of its own, and how many there are of a
// message of medium length.
const (
	leastChunk = 16 << 10
	mostChunks = 16
)

// chunk is how many bytes of a message of n a stage carries. Where each rank has a CPU,
// writing and reading overlap; otherwise each stage costs changes of process.
func (x *call) chunk(h *hall, n int) int {
	most := min(bufferBytes, x.c.tuning.chunk)
	if x.crowded(h) {
		return most
	}
	return min(most, max(leastChunk, ceilDiv(ceilDiv(n, mostChunks), 4096)*4096))
}

// part is chunk k of p.
func part(p []byte, k, chunk int) []byte { return p[k*chunk : min(len(p), (k+1)*chunk)] }

// count of the chunks of n bytes: at least one, which says that there is nothing.
func chunks(n, chunk int) int { return max(1, ceilDiv(n, chunk)) }

// participants are, of a collective with a root, the ranks that talk across nodes for
// their nodes: the leaders, and the root for its own node. It returns nil on a rank that
// is none, and the root's rank among them.
func (x *call) participants(l *placement) (*Comm, int, error) {
	node := x.c.Member(x.root).Node
	ranks := make([]int, len(l.leaders))
	at := -1
	for i, r := range l.leaders {
		ranks[i] = r
		if x.c.Member(r).Node == node {
			ranks[i], at = x.root, i
		}
	}
	switch {
	case len(ranks) == 1 || x.c.rank != x.spokesman(l):
		return nil, at, nil
	case ranks[at] == l.leaders[at]:
		return l.across, at, nil
	}
	across, err := x.c.Subset(ranks)
	return across, at, err
}

// spokesman is the participant of this rank's node.
func (x *call) spokesman(l *placement) int {
	if x.c.Member(x.root).Node == x.c.Member(x.c.rank).Node {
		return x.root
	}
	return l.mine[0]
}

// number is rank r's among those of this node.
func (l *placement) number(r int) int {
	for i, other := range l.mine {
		if other == r {
			return i
		}
	}
	return -1
}

package shm

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"numcomp/comm/transport"
	"numcomp/comm/transport/match"
)

// Peer says who a rank is and where its mailbox is.
type Peer struct {
	Node   int // index of its node, as the launcher has it
	Host   string
	PID    int
	Memory Memory
}

// Options tune a Transport. The zero value sleeps at once. All ranks of a node must
// use the same EagerLimit and Credit.
type Options struct {
	// Waiting is how this rank waits.
	Waiting transport.Waiting
	// Mates are the ranks that may share memory with this one, all of its node at
	// least: peers are asked for no others.
	Mates []int
	// PeerLost is called when a rank's transport has broken down, once a rank. It
	// decides what that means and then calls Break, or has somebody call it: until
	// then the operations with that rank stay pending. It may block; Close waits
	// for it. Nil breaks the world with err. (That a process has died is seen by
	// others: the control tree.)
	PeerLost func(rank int, err error)
	// EagerLimit is the longest message, in bytes, that is copied into the ring.
	// 8 KiB if 0, which is also the most.
	EagerLimit int
	// Credit bounds the bytes of eager messages that a rank keeps for another
	// until they are received. 256 KiB if 0.
	Credit int
	// ThroughRing has long messages go through the ring or the pipe even where the
	// kernel lets a rank copy out of another's memory.
	ThroughRing bool
	// NoPipes has this rank send nothing through pipes.
	NoPipes bool
	// CloseTimeout bounds how long Close waits for its peers to make room. 5 s if 0.
	CloseTimeout time.Duration
	// Logf is told of ranks of this node whose memory cannot be had. It may be nil.
	Logf func(string, ...any)

	// onStep is told of the steps of the protocols: tests have the process die there.
	onStep func(step)
	// read replaces readMemory in tests.
	read func(pid int, addr uintptr, p []byte) error
}

func (o Options) withDefaults() Options {
	if o.EagerLimit <= 0 || o.EagerLimit > ringBytes/4 {
		o.EagerLimit = ringBytes / 4
	}
	if o.Credit <= 0 {
		o.Credit = 256 << 10
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = 5 * time.Second
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.read == nil {
		o.read = readMemory
	}
	return o
}

// Transport is a transport.Transport, a transport.Breaker and a transport.Meeter.
//
// Lock order: life, then mu; no other lock is taken under mu, and no system call is
// made under it that can wait.
type Transport struct {
	e     *Endpoint
	rank  int
	peers transport.Table[Peer]
	near  []bool // by rank: its memory can be shared
	far   transport.Transport
	opts  Options

	life  sync.RWMutex  // held for reading while the mailboxes are looked into without mu
	token chan struct{} // held by the one goroutine that sleeps at the doorbell
	dozes atomic.Bool   // somebody holds it
	tasks sync.WaitGroup
	keeps sync.Once // starts the keeper

	waiters sync.Pool // of *waiter
	in      atomic.Pointer[[]*inbound]
	stuck   atomic.Int32 // links with something queued, and messages to be pulled
	over    atomic.Bool  // end is set
	moved   atomic.Int64 // parts of long messages that have come or gone

	mu      sync.Mutex // guards what follows
	end     error      // why this transport does nothing more
	closed  bool       // the mailboxes are unmapped
	links   []*link    // by rank; nil before first use
	active  []*link    // those that have a mailbox
	blocked []*link    // those with something queued
	pulls   match.Fifo[pull]
	pulling int // pulls under way
	tickets tickets
	offers  []*request // by the ticket's word
	asks    map[uint64]*request
	asked   uint64 // the last number given to one
	self    match.Matcher[*request, *message]
	kept    int // bytes of self's messages
	noCross bool

	shortcuts uint    // receives that looked into one ring only
	places    []place // where this rank meets others

	visits sync.WaitGroup // to the places; begun under mu while end is nil
}

var (
	_ transport.Transport = (*Transport)(nil)
	_ transport.Direct    = (*Transport)(nil)
	_ transport.Breaker   = (*Transport)(nil)
	_ transport.Meeter    = (*Transport)(nil)
)

// New makes the transport of rank. Ranks of its node whose memory can be shared are
// reached through their mailboxes, all others through far, which may be nil if
// there are none. The Transport owns far; the endpoint is to be closed after it.
func New(e *Endpoint, rank int, peers transport.Table[Peer], far transport.Transport, opts Options) *Transport {
	t := &Transport{
		e: e, rank: rank, peers: peers, far: far, opts: opts.withDefaults(),
		token: make(chan struct{}, 1),
		near:  make([]bool, peers.Len()), links: make([]*link, peers.Len()), offers: make([]*request, maxOffers), asks: map[uint64]*request{},
		noCross: opts.ThroughRing,
	}
	t.in.Store(new([]*inbound))
	mine := peers.At(rank)
	for _, r := range opts.Mates {
		its := peers.At(r)
		t.near[r] = mine.Node == its.Node && mine.Memory.FD != 0 && its.Memory.FD != 0 && mine.Memory.Space == its.Memory.Space
	}
	return t
}

// Rank implements transport.Transport.
func (t *Transport) Rank() int { return t.rank }

// Size implements transport.Transport.
func (t *Transport) Size() int { return t.peers.Len() }

// Near implements transport.Sharer.
func (t *Transport) Near(rank int) bool { return rank >= 0 && rank < len(t.near) && t.near[rank] }

// nameOf is a rank with its host and process.
func (t *Transport) nameOf(rank int) string {
	p := t.peers.At(rank)
	return transport.RankName(rank, p.Host, p.PID)
}

// checkRank refuses ranks outside the world.
func (t *Transport) checkRank(rank int) error {
	if rank < 0 || rank >= t.peers.Len() {
		return fmt.Errorf("rank %d of %d: %w", rank, t.peers.Len(), transport.ErrRank)
	}
	return nil
}

// Isend implements transport.Transport. It never blocks.
func (t *Transport) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	if err := t.checkRank(to); err != nil {
		return failed(err)
	}
	if !t.Near(to) && to != t.rank {
		return t.far.Isend(to, tag, p)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.end != nil {
		return failed(t.end)
	}
	if to == t.rank {
		return t.sendSelf(tag, p)
	}
	l := t.link(to)
	switch {
	case l.far && t.far != nil:
		return t.far.Isend(to, tag, p)
	case l.gone != nil:
		return failed(l.gone)
	}
	r := &request{link: l, buf: p}
	t.send(l, item{kind: message1, tag: tag, req: r})
	return r
}

// Irecv implements transport.Transport.
func (t *Transport) Irecv(from int, tag transport.Tag, p []byte) transport.Request {
	if err := t.checkRank(from); err != nil {
		return failed(err)
	}
	if !t.Near(from) && from != t.rank {
		return t.far.Irecv(from, tag, p)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.end != nil {
		return failed(t.end)
	}
	r := &request{buf: p}
	if from == t.rank {
		return t.receiveSelf(tag, r)
	}
	l := t.link(from)
	if l.far && t.far != nil {
		return t.far.Irecv(from, tag, p)
	}
	r.link = l
	switch m, ok := l.matcher.TakeMessage(tag); {
	case ok:
		t.meet(l, m, r)
	case l.gone != nil:
		return failed(l.gone)
	default:
		l.matcher.Post(tag, r)
	}
	return r
}

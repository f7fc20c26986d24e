package tcp

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"numcomp/comm/transport"
)

// Peer is how to reach a rank, and who it is, for error texts.
type Peer struct {
	Addrs []netip.AddrPort
	Host  string
	PID   int
}

// Options tune a Transport. The zero value is the default. All ranks of a world
// must use the same EagerLimit and Credit.
type Options struct {
	// PeerLost is called when the data connection to a rank has failed, or
	// could not be made, once a rank. It decides what that means and then calls
	// Break, or has somebody call it: until then the operations with that rank
	// stay pending. It may block; Close waits for it. Nil breaks the world with
	// err, which is a *LostError.
	PeerLost func(rank int, err error)
	// EagerLimit is the longest message, in bytes, that is sent before its
	// receiver has asked for it: at most 1 MiB, 64 KiB if 0.
	EagerLimit int
	// Credit bounds the bytes of eager messages that one rank keeps for another
	// until they are received. 256 KiB if 0.
	Credit int
	// Piece is how many bytes of a longer message go out before the messages
	// that wait beside it have their turn. 1 MiB if 0.
	Piece int
	// Waiting is how a rank waits that reads its connection itself. The zero
	// value sleeps at once.
	Waiting transport.Waiting
	// DialTimeout bounds the opening of one connection. 30 s if 0.
	DialTimeout time.Duration
	// CloseTimeout bounds how long Close waits for what is on its way. 5 s if 0.
	CloseTimeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.EagerLimit <= 0 {
		o.EagerLimit = 64 << 10
	}
	o.EagerLimit = min(o.EagerLimit, maxEager)
	if o.Credit <= 0 {
		o.Credit = 256 << 10
	}
	if o.Piece <= 0 {
		o.Piece = 1 << 20
	}
	o.Piece = min(o.Piece, maxPiece)
	if o.DialTimeout <= 0 {
		o.DialTimeout = 30 * time.Second
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = 5 * time.Second
	}
	return o
}

// Transport is a transport.Transport over TCP.
//
// Lock order: Transport.mu, link.mu, sweeper.mu, then the leaves: request.mu,
// tasks.mu, Endpoint.mu. No lock is held over a system call that can wait, nor over a
// callback.
type Transport struct {
	e     *Endpoint
	rank  int
	peers transport.Table[Peer]
	opts  Options

	ctx    context.Context // of dials; ends with Break and Close
	cancel context.CancelFunc
	tasks  tasks
	stall  time.Duration // how long a write may make no progress before it is looked into

	mu        sync.Mutex // guards what end and links change to
	end       atomic.Pointer[ending]
	links     []atomic.Pointer[link] // by rank, nil before first use
	self      self
	sweeper   sweeper
	apart     atomic.Int64 // connections that were not left to Go's netpoller
	disturbed disturbed

	waiters  sync.Pool // of *waiter
	sessions sync.Pool // of *session
	batches  sync.Pool // of *batch
	inputs   sync.Pool // of *[inputLen]byte
}

// ending is why a transport does nothing more.
type ending struct{ err error }

var (
	_ transport.Transport = (*Transport)(nil)
	_ transport.Breaker   = (*Transport)(nil)
	_ transport.Direct    = (*Transport)(nil)
)

// New makes the transport of the endpoint's rank, which must have been started.
// peers tells of each rank, as the rendezvous found it. Data connections that came in
// before are taken over. The endpoint is to be closed after the transport.
func New(e *Endpoint, peers transport.Table[Peer], opts Options) *Transport {
	t := &Transport{
		e:     e,
		rank:  e.id.Rank,
		peers: peers,
		opts:  opts.withDefaults(),
		stall: silentLoss / 3,
		links: make([]atomic.Pointer[link], peers.Len()),
	}
	t.self.credit = t.opts.Credit
	t.sweeper.t = t
	t.ctx, t.cancel = context.WithCancel(context.Background())
	e.attach(t)
	return t
}

// Rank implements transport.Transport.
func (t *Transport) Rank() int { return t.rank }

// Size implements transport.Transport.
func (t *Transport) Size() int { return t.peers.Len() }

// link returns the link to a rank, which is made at first use.
func (t *Transport) link(rank int) *link {
	if l := t.links[rank].Load(); l != nil {
		return l
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.links[rank].Load(); l != nil {
		return l
	}
	l := newLink(t, rank)
	if end := t.end.Load(); end != nil {
		l.err = end.err
	}
	t.links[rank].Store(l)
	return l
}

func (t *Transport) checkRank(rank int) error {
	if rank < 0 || rank >= t.peers.Len() {
		return fmt.Errorf("rank %d of %d: %w", rank, t.peers.Len(), transport.ErrRank)
	}
	return nil
}

// Isend implements transport.Transport. It never blocks: what the connection
// does not take at once is left to the link's writer.
func (t *Transport) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	return t.send(to, tag, p, false)
}

// send is Isend; prompt: the caller waits for it at once.
func (t *Transport) send(to int, tag transport.Tag, p []byte, prompt bool) *request {
	if err := t.checkRank(to); err != nil {
		return failed(err)
	}
	if to == t.rank {
		return t.self.send(t, tag, p)
	}
	return t.link(to).send(tag, p, prompt)
}

// Irecv implements transport.Transport.
func (t *Transport) Irecv(from int, tag transport.Tag, p []byte) transport.Request {
	return t.receive(from, tag, p, false)
}

// receive is Irecv; prompt: the caller waits for it at once.
func (t *Transport) receive(from int, tag transport.Tag, p []byte, prompt bool) *request {
	if err := t.checkRank(from); err != nil {
		return failed(err)
	}
	if from == t.rank {
		return t.self.receive(tag, p)
	}
	return t.link(from).receive(tag, p, prompt)
}

// finish sets the one reason why the transport ends and returns the links there
// are; false if it has ended already.
func (t *Transport) finish(err error) ([]*link, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.end.Load() != nil {
		return nil, false
	}
	t.end.Store(&ending{err})
	var open []*link
	for i := range t.links {
		if l := t.links[i].Load(); l != nil {
			open = append(open, l)
		}
	}
	return open, true
}

// Break implements transport.Breaker. Peers notice by the end of their
// connections.
func (t *Transport) Break(cause error) {
	open, first := t.finish(cause)
	if !first {
		return
	}
	t.cancel()
	t.self.fail(cause)
	for _, l := range open {
		l.shut(cause)
	}
}

// Close implements transport.Transport. Peers are told, so that the end of the
// connections is no failure to them; what waits for this rank ends there with a
// *PeerClosedError.
func (t *Transport) Close() error {
	open, first := t.finish(transport.ErrClosed)
	if first {
		t.cancel()
		t.self.fail(transport.ErrClosed)
		for _, l := range open {
			l.sayGoodbye()
		}
		late := time.AfterFunc(t.opts.CloseTimeout, func() {
			for _, l := range open {
				l.shut(transport.ErrClosed)
			}
		})
		defer late.Stop()
	}
	t.tasks.close()
	return nil
}

// lost reports the end of a rank's connection to who decides about it.
func (t *Transport) lost(rank int, err error) {
	if t.end.Load() != nil {
		return
	}
	p := t.peers.At(rank)
	err = &LostError{Rank: rank, Host: p.Host, PID: p.PID, Err: err}
	if t.opts.PeerLost != nil {
		t.opts.PeerLost(rank, err)
		return
	}
	t.Break(err)
}

// admit implements sink: which of two connections between a pair of ranks
// lives. The one dialled by the lower rank wins.
func (t *Transport) admit(from int) (status byte, reason string) {
	if err := t.checkRank(from); err != nil {
		return statusRefused, err.Error()
	}
	return t.link(from).admit()
}

package rendezvous

import (
	"context"
	"fmt"
	"time"

	"numcomp/comm/transport/shm"
	"numcomp/comm/transport/tcp"
)

// Self is what a rank tells the others of itself.
type Self struct {
	Host string // for error texts
	PID  int
	// Node is equal for the ranks of one node, and for no others: the
	// launcher's node id, else host name and boot id.
	Node string
	// Build names the program's build: ranks of different builds do not mix.
	Build string
	// Memory is where ranks of this node find its mailbox.
	Memory shm.Memory
}

// Options are Join's.
type Options struct {
	Rank, Size int
	// FanOut is how many children a rank has in the control tree. Zero is 32.
	// All ranks must use the same.
	FanOut int
	// Nodes are the job's nodes, as the ranks' Self.Node has them, where the
	// launcher says so: those of which no rank has come are named.
	Nodes []string
	// StartTimeout bounds how long the ranks wait for each other. Zero is 60 s.
	StartTimeout time.Duration
	// Waiting is told at rank 0 which ranks are missing ("waiting for ranks
	// 3,7-9"): after WaitingAfter (zero is 5 s) and at each doubling. It may be
	// nil.
	Waiting      func(string)
	WaitingAfter time.Duration
	// Logf is told what is odd but harmless. It may be nil.
	Logf func(string, ...any)
}

const (
	defaultFanOut       = 32
	defaultStartTimeout = 60 * time.Second
	defaultWaitingAfter = 5 * time.Second
	// reportEvery is how often an incomplete subtree's arrivals go up: well
	// before rank 0 first names the missing.
	reportEvery = 500 * time.Millisecond
	// dialPause grows from the first to the second while the parent is not
	// there.
	dialPause, dialPauseMax = 20 * time.Millisecond, time.Second
	// goneAfter is how long all of the parent's addresses refuse before its
	// process counts as ended.
	goneAfter = 3 * time.Second
)

// grace is the start timeout of the ranks but rank 0. It is longer, so that they
// end with rank 0's word on who is missing and not with their own.
func (o Options) grace() time.Duration {
	return o.StartTimeout + o.StartTimeout/10 + 200*time.Millisecond
}

// World is what a rank knows after Join.
type World struct {
	Rank, Size int
	// Peers are all ranks, this one too, by rank.
	Peers *Peers
	// Control is the tree; the caller ends it with Leave and Close.
	Control *Control
	Timings Timings
}

// Timings tell where the time of the start went.
type Timings struct {
	Exchange time.Duration // in the store, with its barrier
	Connect  time.Duration // to the parent, with the proof
	Barrier  time.Duration // from there until all ranks had arrived
}

// Roster is a Store that knows, at rank 0, which ranks have used it.
type Roster interface {
	// Seen tells whether rank has made itself known.
	Seen(rank int) bool
}

// Failer is a Store that can tell ranks which wait for a value that there will
// be no start.
type Failer interface {
	// Fail ends every wait, now and later, with the text.
	Fail(text string)
}

// Meeter is a Store that ranks need no more once all of them have arrived.
type Meeter interface {
	// Met frees what the store holds. Only Close may be called afterwards.
	Met()
}

// Foresee asks store for what Join will want of it, where a store answers later: the
// answers then come while this rank makes itself ready.
func Foresee(store Store, rank, size int) {
	if r, ok := store.(*relay); ok && rank > 0 && rank < size {
		r.want(keySecret, keyAddr(topology{size, defaultFanOut}.parent(rank)))
	}
}

// Join makes this process rank opts.Rank of a world of opts.Size ranks, which
// all call it. It gives the ranks a secret and each other's addresses through
// store, starts ep with them, and joins the control tree. When it returns
// without an error all ranks have arrived. Else no rank gets through, and those
// that can be reached end with the same error. Join closes neither ep nor store.
func Join(ctx context.Context, ep *tcp.Endpoint, store Store, self Self, opts Options) (*World, error) {
	if opts.Size < 1 || opts.Rank < 0 || opts.Rank >= opts.Size {
		return nil, fmt.Errorf("start: rank %d is outside a world of %d ranks", opts.Rank, opts.Size)
	}
	if opts.FanOut < 1 {
		opts.FanOut = defaultFanOut
	}
	if opts.StartTimeout <= 0 {
		opts.StartTimeout = defaultStartTimeout
	}
	if opts.WaitingAfter <= 0 {
		opts.WaitingAfter = defaultWaitingAfter
	}
	me := member{rank: opts.Rank, pid: self.PID, host: self.Host, node: self.Node, addrs: ep.Addrs(), memory: self.Memory}
	j := &joiner{ep: ep, store: store, opts: opts, me: me, build: self.Build,
		c: newControl(topology{opts.Size, opts.FanOut}, me, opts.Logf)}
	if err := j.run(ctx); err != nil {
		j.c.failStart(err, nil)
		err = j.c.Failure()
		if f, ok := store.(Failer); ok {
			f.Fail(err.Error())
		}
		j.c.Close()
		return nil, err
	}
	if m, ok := store.(Meeter); ok {
		m.Met()
	}
	return j.world(), nil
}

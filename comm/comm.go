package comm

import (
	"errors"
	"fmt"
	"sync"

	"numcomp/comm/transport"
)

// Member says who a rank is.
type Member struct {
	Host string // for errors; may be empty
	Node int    // the index of its node: ranks with equal ones share memory
	PID  int    // 0 if unknown
}

// Comm is a communicator: an ordered group of ranks that talk in a context of
// their own. It is immutable; point to point operations may be called from
// several goroutines at once, collectives one after the other.
type Comm struct {
	world   *world
	ranks   []int // world rank of each rank; nil: the world's own
	rank    int
	size    int
	context uint32 // see tag.go
	tuning  tuning
	native  transport.Collectives // nil: the transport has none
	place   *place
	nodes   *nodes // of the communicator's context
}

// place is how a communicator's ranks lie on nodes, found out when it is first asked
// for.
type place struct {
	l    *placement
	once sync.Once // of runs
	runs []NodeRun
}

// world is what all communicators of a process share.
type world struct {
	t       transport.Transport
	direct  transport.Direct        // t, if it is one
	members transport.Table[Member] // by world rank; nil: all on node 0
	scratch sync.Pool
	// calls are of *call: a short collective is over before its garbage is collected,
	// which takes a CPU from another rank.
	calls sync.Pool

	mu          sync.Mutex
	nextContext uint32
}

// tuning are the constants of the choice of algorithm. Tests shrink them.
type tuning struct {
	// segment is how many bytes move in the time that a message costs besides
	// its bytes: the shortest segment of a pipelined broadcast, and the longest
	// message broadcast without announcing its length.
	segment int
	// allreduceShort is the longest vector, in bytes, that is reduced whole.
	allreduceShort int
	// allgatherShort is the longest result, in bytes, gathered by Bruck's
	// algorithm.
	allgatherShort int
	// linear is the largest number of ranks for which a rank may talk to all
	// others.
	linear int
	// chunk is the longest part of a message, in bytes, that goes through memory in
	// common at a time, and sideBySide the longest vector that one rank combines with
	// the others' there.
	chunk, sideBySide int
	// short is the longest block, in bytes, that is written there, and piece the
	// shortest part of a longer one that is copied at a time.
	short, piece int
	// cpus is how many CPUs a node has at least, whatever it says.
	cpus int
	// forced replaces the choice, by collective; nil: choose.
	forced [collectives]*Algorithm
}

// defaultTuning: linear patterns for at most 32 peers keep the connections of a
// rank few (design); allgatherShort is MPICH's
// MPIR_CVAR_ALLGATHER_SHORT_MSG_SIZE; allreduceShort is where Open MPI's fixed
// rules leave recursive doubling, about 10,000 bytes. segment is for a message
// that costs 20 us at 6 GB/s or 80 us at 1.6 GB/s: fast networks and slow hosts.
func defaultTuning() tuning {
	return tuning{segment: 128 << 10, allreduceShort: 8 << 10, allgatherShort: 80 << 10, linear: 33,
		chunk: bufferBytes, sideBySide: bufferBytes, short: shortBlock, piece: leastPiece}
}

// NewWorld makes the communicator of all ranks of t. members says who each
// rank is; nil or empty: all on node 0, hosts unknown. The communicator does not own t: close
// t when all communication has ended.
func NewWorld(t transport.Transport, members transport.Table[Member]) (*Comm, error) {
	if members != nil && members.Len() == 0 {
		members = nil
	}
	switch {
	case t == nil:
		return nil, errors.New("comm: new world: no transport")
	case t.Size() < 1 || t.Rank() < 0 || t.Rank() >= t.Size():
		return nil, fmt.Errorf("comm: new world: rank %d is outside the world of %d ranks", t.Rank(), t.Size())
	case members != nil && members.Len() != t.Size():
		return nil, fmt.Errorf("comm: new world: %d members for %d ranks", members.Len(), t.Size())
	}
	direct, _ := t.(transport.Direct)
	return &Comm{
		world:   &world{t: t, direct: direct, members: members, nextContext: worldContext + contextsPerComm},
		rank:    t.Rank(),
		size:    t.Size(),
		context: worldContext,
		tuning:  defaultTuning(),
		native:  nativeOf(t),
		place:   new(place),
		nodes:   new(nodes),
	}, nil
}

// Rank is this process's rank in the communicator, in [0, Size).
func (c *Comm) Rank() int { return c.rank }

// Size is the number of ranks in the communicator.
func (c *Comm) Size() int { return c.size }

// Transport is what carries the world's messages.
func (c *Comm) Transport() transport.Transport { return c.world.t }

// Member says who rank r of the communicator is. r must be in [0, Size).
func (c *Comm) Member(r int) Member {
	if c.world.members == nil {
		return Member{}
	}
	return c.world.members.At(c.worldRank(r))
}

// WithAlgorithm returns a communicator like c, of the same group and context,
// whose collective always uses the named algorithm (see Algorithms). Benchmarks
// and tests use it. Every rank must do the same, or none.
func (c *Comm) WithAlgorithm(collective, name string) (*Comm, error) {
	for _, a := range Algorithms() {
		if a.Collective == collective && a.Name == name {
			forced := *c
			forced.tuning.forced[a.kind] = &a
			return &forced, nil
		}
	}
	return nil, c.argument(collective, "there is no algorithm %q", name)
}

// worldRank is the world rank of rank r of the communicator.
func (c *Comm) worldRank(r int) int {
	if c.ranks == nil {
		return r
	}
	return c.ranks[r]
}

// outside reports whether r is not a rank of the communicator.
func (c *Comm) outside(r int) bool { return r < 0 || r >= c.size }

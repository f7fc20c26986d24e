//go:build mpi

package mpi

import (
	"fmt"
	"time"

	gompi "github.com/sbromberger/gompi"
)

// Process is this process's part in MPI, which a process can take once.
type Process struct {
	world *gompi.Communicator
	node  node
}

// SizeError is the error of a world whose size is not the launcher's, as when
// another MPI's mpirun has started the ranks: each is alone then.
type SizeError struct{ MPI, Launcher int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("MPI says that this world has %d rank(s), the launcher that it started %d", e.MPI, e.Launcher)
}

// Start starts MPI in this process, one of size that a launcher of Open MPI's or
// PMIx's has started; elsewhere it must not be called. Any goroutine may call MPI
// from then on (see docs/adr/0016-mpi-engine.md). A world of another size is a
// SizeError; Start has then stopped MPI.
//
// A libmpi without support for threads ends the process with gompi's own message.
func Start(size int) (*Process, error) {
	gompi.Start(true)
	if got := gompi.WorldSize(); got != size {
		gompi.Stop()
		return nil, &SizeError{MPI: got, Launcher: size}
	}
	p := &Process{world: gompi.NewCommunicator(nil)}
	var err error
	p.node, err = thisNode()
	return p, err
}

// Stop stops MPI, collectively, in a world that has come to a good end. All
// transports are closed before.
func (p *Process) Stop() { gompi.Stop() }

// Abort ends all ranks with status, this one too.
func (p *Process) Abort(status int) { p.world.Abort(status) }

// NodeLeader is the world rank of the first rank on this rank's node, which is where
// MPI can share memory.
func (p *Process) NodeLeader() int { return p.node.leader }

// Open is collective: it makes the transport of the world.
func (p *Process) Open() (*Transport, error) {
	end, err := newEndpoint()
	if err != nil {
		return nil, err
	}
	dropped, err := keepErrors()
	if err != nil {
		return nil, err
	}
	t, err := newTransport(end, gompi.WorldRank(), gompi.WorldSize(), waitingFor(p.node.ranks, p.node.cpus))
	if err != nil {
		return nil, err
	}
	t.leader = p.node.leader
	t.world = &group{t: t, comm: worldNative(), world: &gompiWorld{p.world, dropped}, rank: t.rank, size: t.size}
	t.world.together, err = t.together(t.world.comm)
	return t, err
}

// newTransport makes the transport of the rank that this process is in end.
func newTransport(end endpoint, rank, size int, w waiting) (*Transport, error) {
	highest, err := end.highest()
	if err != nil {
		return nil, err
	}
	t := &Transport{end: end, tags: newTags(highest), rank: rank, size: size, waiting: w, peers: make([]peer, size)}
	t.blockings.began = time.Now()
	return t, t.notices.open(t)
}

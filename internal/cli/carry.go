package cli

import (
	"fmt"
	"runtime"

	"numcomp/comm/rendezvous"
	"numcomp/comm/transport"
	"numcomp/comm/transport/shm"
	"numcomp/comm/transport/tcp"
	"numcomp/launch"
)

// What carries messages between the ranks of a node, as --transport and reports
// have it.
const (
	carryAuto = "auto"
	carryTCP  = "tcp"
	carryShm  = "shm"
	carryMPI  = "mpi"  // the mpi engine, everywhere
	carryNone = "none" // a world of one
)

// openMailbox makes this process's mailbox, unless the ranks of its node are not to
// share memory, or it has no company there. why tells that memory cannot be shared.
func openMailbox(o *Options, place launch.Place) (box *shm.Endpoint, why error) {
	if o.Transport == carryTCP || place.LocalSize == 1 || place.Size == 1 {
		return nil, nil
	}
	return shm.Open()
}

// carrier is what carries a rank's messages.
type carrier interface {
	transport.Transport
	transport.Breaker
}

// carries is what carries messages between a rank and the others of its node, as
// reports have it; if that is not shared memory, reason says why.
type carries struct{ name, reason string }

// carry makes the transport of a rank that has joined a world, and tells what
// carries messages within the node.
func (p *process) carry(o *Options, world *rendezvous.World, ep *tcp.Endpoint, box *shm.Endpoint, why error) (carrier, carries, error) {
	mates := world.Peers.Mates(world.Rank)
	waiting := transport.WaitingFor(len(mates), runtime.NumCPU())
	far := tcp.New(ep, tcpPeers(world.Peers), tcp.Options{PeerLost: world.Control.Lost, Waiting: waiting})
	if why != nil && firstWithout(world, mates) {
		p.waiting(fmt.Sprintf("host %s: ranks of this node talk by TCP, for they cannot share memory: %v", hostName(), why))
	}
	if box == nil {
		if why != nil && o.Transport == carryShm {
			far.Close()
			return nil, carries{}, fmt.Errorf("--transport shm: %w", why)
		}
		return far, carries{carryTCP, whyTCP(o, len(mates), why)}, nil
	}
	t := shm.New(box, world.Rank, shmPeers(world.Peers), far, shm.Options{
		Mates: mates, Waiting: waiting, PeerLost: world.Control.Lost, Logf: p.waitingf,
	})
	for _, r := range mates {
		if r != world.Rank && !t.Near(r) {
			m := world.Peers.At(r)
			why := fmt.Errorf("%s shares no memory with rank %d", transport.RankName(r, m.Host, m.PID), world.Rank)
			if o.Transport == carryShm {
				t.Close()
				return nil, carries{}, fmt.Errorf("--transport shm: %w", why)
			}
			return t, carries{carryTCP, why.Error()}, nil
		}
	}
	if len(mates) == 1 { // the launcher did not say so before
		return t, carries{carryTCP, whyTCP(o, len(mates), nil)}, nil
	}
	return t, carries{name: carryShm}, nil
}

// whyTCP says why a rank without a mailbox has none; why is what it met with when it
// made one, if it tried.
func whyTCP(o *Options, mates int, why error) string {
	switch {
	case o.Transport == carryTCP:
		return "--transport tcp"
	case mates == 1:
		return "rank 0 is alone on its node"
	case why != nil:
		return why.Error()
	}
	return "the launcher gave rank 0's node one rank only"
}

// firstWithout tells whether this rank is the first of those that have no mailbox
// but company on their node.
func firstWithout(w *rendezvous.World, mates []int) bool {
	for _, r := range mates {
		if w.Peers.At(r).Memory.FD == 0 {
			return r == w.Rank
		}
	}
	return false
}

func (p *process) waitingf(format string, args ...any) { p.waiting(fmt.Sprintf(format, args...)) }

// settleTransport holds --transport to the engine that it is part of.
func (o *Options) settleTransport() error {
	engine := carryTCP
	switch o.Transport {
	case carryAuto:
		return nil
	case carryMPI:
		engine = carryMPI
	}
	if o.Engine != "auto" && o.Engine != engine {
		return usagef("--transport %s is part of --engine %s: it contradicts --engine %s", o.Transport, engine, o.Engine)
	}
	o.Engine = engine
	return nil
}

package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"
)

// StepConfig is what a rank knows that a scheduler started without a server of
// values: its place in a step of a job.
type StepConfig struct {
	// Job names this step of this job and no other on these machines.
	Job string
	// Node is the index of this rank's node among Nodes, and NodeID its name.
	Node, Nodes int
	NodeID      string
	// LocalRank counts the ranks of this node. 0 is the node's leader, through
	// which the others of the node meet.
	LocalRank int
	// FanOut is how many nodes a node serves. Zero is 32.
	FanOut int
	// Ports are where the leaders of nodes that serve others listen, in this
	// order of preference: the same on all nodes. StepPorts finds some. Only
	// leaders need them.
	Ports []int
	// Resolve finds the addresses of the node with an index.
	Resolve func(ctx context.Context, node int) ([]netip.Addr, error)
	// Munge and Key are how leaders prove each other that they are of one user
	// and one step. Munge is taken if it works here, else Key, which may be nil
	// and is called at most once, else nothing if Insecure allows that.
	Munge    *Munge
	Key      func() (HeadKey, error)
	Insecure bool
	// Waiting is told at the second node what it waits for, after WaitingAfter
	// (zero is 5 s) and at each doubling. It may be nil.
	Waiting      func(string)
	WaitingAfter time.Duration
	// Logf is told what is odd but harmless. It may be nil.
	Logf func(string, ...any)
}

// OpenStep opens the Store of a step's ranks. The ranks of a node meet through
// their leader at an abstract unix socket, whose ends the kernel vouches for.
// Leaders form a tree over the nodes by TCP: node k goes through node (k-1)/32,
// at a port that follows from the step, and both prove that they are of the same
// user and step. The head is the leader of node 0. All connections end as soon
// as the ranks have met.
func OpenStep(ctx context.Context, cfg StepConfig) (Store, error) {
	if cfg.Nodes < 1 || cfg.Node < 0 || cfg.Node >= cfg.Nodes || cfg.LocalRank < 0 {
		return nil, fmt.Errorf("step %s: local rank %d of node %d is outside a step of %d nodes", cfg.Job, cfg.LocalRank, cfg.Node, cfg.Nodes)
	}
	if cfg.FanOut < 1 {
		cfg.FanOut = defaultFanOut
	}
	if cfg.WaitingAfter <= 0 {
		cfg.WaitingAfter = defaultWaitingAfter
	}
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	s := &step{cfg: cfg, tree: topology{cfg.Nodes, cfg.FanOut}, relay: newRelay(cfg.Logf), uid: os.Geteuid()}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("step %s: %w", cfg.Job, err), s.relay.Close())
	}
	return s.relay, nil
}

// step is one OpenStep.
type step struct {
	cfg   StepConfig
	tree  topology // of nodes
	relay *relay
	uid   int
}

func (s *step) open(ctx context.Context) error {
	if s.cfg.LocalRank > 0 {
		c, err := s.dialLeader(ctx)
		if err != nil {
			return err
		}
		return s.relay.join(c)
	}
	if err := s.listenLocal(); err != nil {
		return err
	}
	if s.cfg.Nodes == 1 {
		return nil
	}
	prove, err := s.prover(ctx)
	if err != nil {
		return err
	}
	if first, end := s.tree.children(s.cfg.Node); first < end {
		if err := s.listenNodes(prove); err != nil {
			return err
		}
	}
	if s.cfg.Node == 0 {
		return nil
	}
	c, err := s.dialNode(ctx, prove, s.tree.parent(s.cfg.Node))
	if err != nil {
		return err
	}
	return s.relay.join(c)
}

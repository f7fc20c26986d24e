package cli

import (
	"context"
	"net/netip"
	"os"

	"numcomp/comm/rendezvous"
	"numcomp/launch"
)

// isStep tells whether the launcher is Slurm's srun and says where this rank
// stands in the step, node and all.
func isStep(place launch.Place) bool {
	return place.Launcher == launch.Slurm && unplaced(place) == ""
}

// unplaced is what a Slurm step does not tell of where this rank stands; "": it tells
// all. launch.Detect has compared what it tells.
func unplaced(place launch.Place) string {
	switch {
	case place.LocalRank < 0:
		return "SLURM_LOCALID is not set"
	case place.Node < 0:
		return "SLURM_NODEID is not set"
	case place.Nodes == 0:
		return "SLURM_STEP_NUM_NODES is not set"
	case len(place.NodeList) == 0:
		return "SLURM_STEP_NODELIST is not set"
	}
	return ""
}

// openStep meets through the leaders of the step's nodes.
func openStep(ctx context.Context, p *process, o *Options, place *launch.Place) (rendezvous.Store, error) {
	var ports []int
	if place.LocalRank == 0 { // only the nodes' leaders meet by ports
		var err error
		if ports, err = rendezvous.StepPorts(place.Ports, place.JobID, os.Geteuid()); err != nil {
			return nil, err
		}
	}
	cfg := rendezvous.StepConfig{
		Job: place.JobID, Node: place.Node, Nodes: place.Nodes, NodeID: place.NodeID, LocalRank: place.LocalRank, Ports: ports,
		Resolve: func(ctx context.Context, node int) ([]netip.Addr, error) {
			return rendezvous.SlurmAddrs(ctx, place.NodeList[node], p.environ)
		},
		Munge: rendezvous.NewMunge(p.environ), Key: func() (rendezvous.HeadKey, error) { return p.userKey(o) }, Insecure: o.Insecure, Waiting: p.waiting, Logf: p.logf(o),
	}
	return rendezvous.OpenStep(ctx, cfg)
}

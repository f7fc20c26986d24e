package launch

import "net"

// torchrun is what torchrun sets, and scripts that imitate it. RANK alone is a
// word that anybody uses, so the family counts only with one more of its names.
var torchrun = detector{
	name: "torchrun",
	owns: []string{"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "GROUP_WORLD_SIZE",
		"ROLE_RANK", "ROLE_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_*"},
	detect: func(v *variables) (Place, bool) {
		p := place(Torchrun)
		if !v.has("RANK") || !v.has("WORLD_SIZE") && !v.has("MASTER_ADDR") {
			return p, false
		}
		p.Rank, p.Size = v.below("RANK", "WORLD_SIZE")
		p.LocalRank, p.LocalSize = v.local("LOCAL_RANK", "LOCAL_WORLD_SIZE", p.Size)
		p.Node, p.Nodes = v.local("GROUP_RANK", "GROUP_WORLD_SIZE", p.Size)
		p.Nodes = max(p.Nodes, 0)
		p.NodeID = v.text("GROUP_RANK")
		p.JobID = v.text("TORCHELASTIC_RUN_ID")
		if v.has("MASTER_ADDR") && v.has("MASTER_PORT") {
			p.Head = net.JoinHostPort(v.text("MASTER_ADDR"), v.text("MASTER_PORT"))
		}
		return p, true
	},
}

package launch

// own is numcomp's launcher: agents set these variables for every rank, or a
// user does by hand.
var own = detector{
	name: "numcomp",
	owns: []string{"NUMCOMP_RANK", "NUMCOMP_SIZE", "NUMCOMP_LOCAL_RANK", "NUMCOMP_LOCAL_SIZE",
		"NUMCOMP_NODE", "NUMCOMP_NODES", "NUMCOMP_NODE_ID", "NUMCOMP_JOB"},
	detect: func(v *variables) (Place, bool) {
		p := place(Numcomp)
		if !v.has("NUMCOMP_RANK") && !v.has("NUMCOMP_SIZE") {
			return p, false
		}
		p.Rank, p.Size = v.below("NUMCOMP_RANK", "NUMCOMP_SIZE")
		p.LocalRank, p.LocalSize = v.local("NUMCOMP_LOCAL_RANK", "NUMCOMP_LOCAL_SIZE", p.Size)
		p.Node, p.Nodes = v.local("NUMCOMP_NODE", "NUMCOMP_NODES", p.Size)
		p.Nodes = max(p.Nodes, 0)
		p.NodeID = v.text("NUMCOMP_NODE_ID")
		p.JobID = v.text("NUMCOMP_JOB")
		if p.PMI.FD = v.socket("PMI_FD"); p.PMI.FD >= 0 {
			nested(v, p.Rank, p.Size, "PMI_RANK", "PMI_SIZE")
		}
		// An agent takes the variables of outer launchers away, so these were
		// set by one that a rank of ours has started.
		nested(v, p.Rank, p.Size, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")
		nested(v, p.Rank, p.Size, "PALS_RANKID", "PALS_SIZE")
		nested(v, p.Rank, p.Size, "JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE")
		nested(v, p.Rank, p.Size, "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE")
		return p, true
	},
}

// nested fails if another launcher says another rank or size.
func nested(v *variables, rank, size int, rankName, sizeName string) {
	for _, c := range []struct {
		own, other string
		want       int
	}{{"NUMCOMP_RANK", rankName, rank}, {"NUMCOMP_SIZE", sizeName, size}} {
		if v.has(c.other) && v.number(c.other, -1) != c.want {
			v.fail("%s contradicts %s: one launcher was started by the other; use one of them, or unset NUMCOMP_RANK and NUMCOMP_SIZE for the inner", v.show(c.other), v.show(c.own))
		}
	}
}

package launch

// pals is HPE's PALS (mpiexec on Cray EX). It sets PMI_RANK and PMI_SIZE too,
// without a PMI-1 socket; some versions leave PALS_SIZE out.
var pals = detector{
	name: "PALS",
	owns: []string{"PALS_*"},
	detect: func(v *variables) (Place, bool) {
		p := place(PALS)
		if !v.has("PALS_RANKID") && !v.has("PALS_SIZE") {
			return p, false
		}
		if !v.has("PALS_SIZE") && v.has("PMI_SIZE") {
			// Both by PALS, if they agree on the rank.
			p.Rank, p.Size = v.below("PMI_RANK", "PMI_SIZE")
			v.same(p.Rank, "PMI_RANK", "PALS_RANKID")
		} else {
			p.Rank, p.Size = v.below("PALS_RANKID", "PALS_SIZE")
		}
		p.LocalRank, p.LocalSize = v.local("PALS_LOCAL_RANKID", "PALS_LOCAL_SIZE", p.Size)
		p.Node = v.number("PALS_NODEID", -1)
		p.NodeID = v.text("PALS_NODEID")
		p.JobID = v.text("PALS_APID")
		return p, true
	},
}

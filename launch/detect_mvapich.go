package launch

// mvapich is MVAPICH2's mpirun_rsh, where its PMI server is not to be had.
var mvapich = detector{
	name: "MVAPICH",
	owns: []string{"MV2_COMM_WORLD_*"},
	detect: func(v *variables) (Place, bool) {
		p := place(MVAPICH)
		if !v.has("MV2_COMM_WORLD_RANK") && !v.has("MV2_COMM_WORLD_SIZE") {
			return p, false
		}
		p.Rank, p.Size = v.below("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE")
		p.LocalRank, p.LocalSize = v.local("MV2_COMM_WORLD_LOCAL_RANK", "MV2_COMM_WORLD_LOCAL_SIZE", p.Size)
		return p, true
	},
}

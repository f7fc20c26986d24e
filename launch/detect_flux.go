package launch

// flux is a task of a Flux job. FLUX_JOB_SIZE counts tasks, not nodes.
var flux = detector{
	name: "Flux",
	owns: []string{"FLUX_TASK_RANK", "FLUX_TASK_LOCAL_ID", "FLUX_JOB_SIZE", "FLUX_JOB_NNODES", "FLUX_JOB_ID", "FLUX_JOB_TMPDIR",
		"FLUX_KVS_NAMESPACE"},
	detect: func(v *variables) (Place, bool) {
		p := place(Flux)
		if !v.has("FLUX_TASK_RANK") {
			return p, false
		}
		p.Rank, p.Size = v.below("FLUX_TASK_RANK", "FLUX_JOB_SIZE")
		p.LocalRank = v.number("FLUX_TASK_LOCAL_ID", -1)
		if p.Nodes = v.number("FLUX_JOB_NNODES", 0); p.Nodes > p.Size && v.err == nil {
			v.fail("%s is more than %s", v.show("FLUX_JOB_NNODES"), v.show("FLUX_JOB_SIZE"))
		}
		if p.Nodes == 1 {
			p.LocalSize = p.Size
		}
		p.JobID = v.text("FLUX_JOB_ID")
		p.TmpDir = v.text("FLUX_JOB_TMPDIR")
		return p, true
	},
}

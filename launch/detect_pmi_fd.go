package launch

// pmiFD is any launcher that left an open socket to its PMI-1 server: MPICH's
// and Intel MPI's Hydra, Flux, srun --mpi=pmi2.
var pmiFD = detector{
	name: "a PMI-1 launcher (PMI_FD)",
	owns: []string{"PMI_FD", "PMI_RANK", "PMI_SIZE", "PMI_SPAWNED", "PMI_JOBID", "PMI_HOSTNAME", "PMI_APPNUM",
		"PMI_UNIVERSE_SIZE", "PMI_LOCAL_RANK", "PMI_LOCAL_SIZE", "PMI_PROCESS_MAPPING", "PMI_DEBUG", "PMI_TOTALVIEW",
		"MPI_LOCALRANKID", "MPI_LOCALNRANKS", "HYDI_CONTROL_FD", "MPIR_CVAR_CH3_INTERFACE_HOSTNAME"},
	detect: func(v *variables) (Place, bool) {
		fd := v.socket("PMI_FD")
		if fd < 0 {
			return place(MPICH), false
		}
		p := pmiPlace(v)
		p.PMI.FD = fd
		return p, true
	},
}

// pmiPlace reads PMI_RANK and PMI_SIZE and what the launcher that set them says
// besides. Hydra leaves the variables of an outer Slurm or Flux in place, so
// theirs count only when they speak of the same job.
func pmiPlace(v *variables) Place {
	p := place(MPICH)
	p.Rank, p.Size = v.below("PMI_RANK", "PMI_SIZE")
	step := v.text("SLURM_JOB_ID") + "." + v.text("SLURM_STEP_ID")
	switch {
	case v.err != nil:
	case v.has("PMI_JOBID") && v.text("PMI_JOBID") == step:
		q, _ := slurmStep.detect(v)
		agree(v, q)
		return q
	case v.has("FLUX_TASK_RANK") && !v.has("MPI_LOCALRANKID") && v.number("FLUX_TASK_RANK", -1) == p.Rank && v.number("FLUX_JOB_SIZE", -1) == p.Size:
		q, _ := flux.detect(v)
		return q
	default:
		hydra(v, &p)
	}
	return p
}

// agree fails if the scheduler's own variables say another rank or size.
func agree(v *variables, p Place) {
	if v.err == nil && (v.number("PMI_RANK", -1) != p.Rank || v.number("PMI_SIZE", -1) != p.Size) {
		v.fail("%s and %s contradict the step's rank %d of %d", v.show("PMI_RANK"), v.show("PMI_SIZE"), p.Rank, p.Size)
	}
}

// hydra reads what Hydra's proxy adds, over PMI_FD and PMI_PORT alike.
func hydra(v *variables, p *Place) {
	p.LocalRank, p.LocalSize = v.local("MPI_LOCALRANKID", "MPI_LOCALNRANKS", p.Size)
	p.JobID = v.text("PMI_JOBID")
	if p.NodeID = v.text("PMI_HOSTNAME"); p.NodeID == "" {
		p.NodeID = v.text("MPIR_CVAR_CH3_INTERFACE_HOSTNAME")
	}
}

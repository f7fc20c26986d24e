package launch

// openMPI is Open MPI's mpirun, 4 (ORTE) and 5 (PRRTE).
var openMPI = detector{
	name: "Open MPI",
	owns: []string{"OMPI_COMM_WORLD_*", "OMPI_UNIVERSE_SIZE", "OMPI_WORLD_*", "OMPI_NUM_APP_CTX", "OMPI_APP_CTX_NUM_PROCS",
		"OMPI_FIRST_RANKS", "OMPI_COMMAND", "OMPI_ARGV", "OMPI_FILE_LOCATION", "PRTE_LAUNCHED",
		"OMPI_MCA_num_procs", "OMPI_MCA_num_restarts", "OMPI_MCA_initial_wdir", "OMPI_MCA_cpu_type", "OMPI_MCA_pmix",
		// Without these out of the way a program of Open MPI refuses to start alone.
		"OMPI_MCA_ess", "OMPI_MCA_ess_base_*", "OMPI_MCA_orte_app_num", "OMPI_MCA_orte_bound_at_launch", "OMPI_MCA_orte_ess_*",
		"OMPI_MCA_orte_hnp_uri", "OMPI_MCA_orte_jobfam_session_dir", "OMPI_MCA_orte_launch", "OMPI_MCA_orte_local_daemon_uri",
		"OMPI_MCA_orte_num_nodes", "OMPI_MCA_orte_precondition_transports", "OMPI_MCA_orte_top_session_dir"},
	detect: func(v *variables) (Place, bool) {
		p := place(OpenMPI)
		if !v.has("OMPI_COMM_WORLD_RANK") && !v.has("OMPI_COMM_WORLD_SIZE") {
			return p, false
		}
		p.Rank, p.Size = v.below("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE")
		p.LocalRank, p.LocalSize = v.local("OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE", p.Size)
		v.same(p.Rank, "OMPI_COMM_WORLD_RANK", "PMIX_RANK")
		pmixServer(v, &p)
		return p, true
	},
}

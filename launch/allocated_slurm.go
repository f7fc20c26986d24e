package launch

import "numcomp/hostfile"

var slurmStepHosts = allocator{
	variable: "SLURM_STEP_NODELIST",
	when:     inStep,
	hosts: func(v *variables, _ readFile) ([]hostfile.Host, error) {
		return hostfile.SlurmHosts(v.text("SLURM_STEP_NODELIST"), v.text("SLURM_STEP_TASKS_PER_NODE"))
	},
}

var slurmJobHosts = allocator{
	variable: "SLURM_JOB_NODELIST",
	hosts: func(v *variables, _ readFile) ([]hostfile.Host, error) {
		counts := v.text("SLURM_TASKS_PER_NODE")
		if counts == "" {
			counts = v.text("SLURM_JOB_CPUS_PER_NODE")
		}
		return hostfile.SlurmHosts(v.text("SLURM_JOB_NODELIST"), counts)
	},
}

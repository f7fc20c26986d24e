package launch

import "numcomp/hostfile"

// StepHosts is the variable that tells the hosts of a Slurm step.
const StepHosts = "SLURM_STEP_NODELIST"

var slurmStepHosts = allocator{
	variable: StepHosts,
	when:     inStep,
	hosts: func(v *variables, _ readFile) ([]hostfile.Host, error) {
		return hostfile.SlurmHosts(v.text(StepHosts), v.text("SLURM_STEP_TASKS_PER_NODE"))
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

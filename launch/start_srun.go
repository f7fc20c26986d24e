package launch

import (
	"strings"

	"numcomp/hostfile"
)

// srunStarter is Slurm's srun, inside an allocation that has the hosts: a step of
// one task on each.
var srunStarter = starter{
	name: "srun",
	fits: func(env []string, hosts []hostfile.Host) bool {
		list, ok := lookup(env, "SLURM_JOB_NODELIST")
		if !ok || !inPath(env, "srun") {
			return false
		}
		names, err := hostfile.ExpandNodeList(list)
		return err == nil && allIn(hosts, names)
	},
	argv: func(s *remoteStart, host hostfile.Host) []string {
		argv := append([]string{"srun"}, s.Args...)
		return append(argv, "--nodelist="+host.Name, "--nodes=1", "--ntasks=1", "--ntasks-per-node=1",
			"--mpi=none", "--cpu-bind=none", "--overlap", "--kill-on-bad-exit=1",
			"--unbuffered", // or output would come by whole lines
			"--quiet", "sh")
	},
	env: func(env []string) []string {
		// What the allocation asked for its tasks is not for the relays.
		return without(env, "SLURM_NTASKS", "SLURM_NPROCS", "SLURM_NTASKS_PER_NODE", "SLURM_TASKS_PER_NODE", "SLURM_CPUS_PER_TASK", "SRUN_CPUS_PER_TASK",
			"SLURM_DISTRIBUTION", "SLURM_MPI_TYPE", "SLURM_LABELIO", "SLURM_NNODES", "SLURM_NODELIST", "SLURM_EXACT", "SLURM_EXCLUSIVE", "SLURM_THREADS_PER_CORE")
	},
	explain: func(host, said string) string {
		switch {
		case strings.Contains(said, "not in allocation") || strings.Contains(said, "Requested node configuration is not available") || strings.Contains(said, "Invalid node name"):
			return "the allocation does not have this node: name only its nodes, or say --starter ssh"
		case strings.Contains(said, "are busy"):
			return "other steps of the job have the node's CPUs: end them"
		}
		return ""
	},
}

// allIn says whether every host is one of names.
func allIn(hosts []hostfile.Host, names []string) bool {
	have := make(map[string]bool, len(names))
	for _, n := range names {
		have[n] = true
	}
	for _, h := range hosts {
		if !have[h.Name] {
			return false
		}
	}
	return true
}

// without is env without the named variables.
func without(env []string, names ...string) []string {
	kept := make([]string, 0, len(env))
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		drop := false
		for _, n := range names {
			drop = drop || n == name
		}
		if !drop {
			kept = append(kept, kv)
		}
	}
	return kept
}

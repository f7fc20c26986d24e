package launch

import (
	"numcomp/hostfile"
	"strconv"
)

// slurmStep is a task that srun started.
var slurmStep = detector{
	name: "Slurm",
	owns: []string{"SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID", "SLURM_GTIDS", "SLURM_TASK_PID", "SLURM_STEP_*", "SLURM_STEPID",
		"SLURM_SRUN_COMM_*", "SLURM_LAUNCH_NODE_IPADDR", "SLURM_PMI*", "SLURM_STEPMGR"},
	detect: func(v *variables) (Place, bool) {
		p := place(Slurm)
		if !inStep(v) || !v.has("SLURM_PROCID") {
			return p, false
		}
		tasks := "SLURM_STEP_NUM_TASKS"
		if !v.has(tasks) {
			tasks = "SLURM_NTASKS"
		}
		p.Rank, p.Size = v.below("SLURM_PROCID", tasks)
		p.LocalRank = v.number("SLURM_LOCALID", -1)
		p.Node, p.Nodes = v.local("SLURM_NODEID", "SLURM_STEP_NUM_NODES", p.Size)
		p.Nodes = max(p.Nodes, 0)
		p.NodeList = nodeList(v, "SLURM_STEP_NODELIST")
		if n := len(p.NodeList); n > 0 && p.Nodes > 0 && n != p.Nodes {
			v.fail("%s names %d nodes, but %s", v.show("SLURM_STEP_NODELIST"), n, v.show("SLURM_STEP_NUM_NODES"))
		}
		if p.NodeID = v.text("SLURMD_NODENAME"); p.NodeID == "" && p.Node >= 0 && p.Node < len(p.NodeList) {
			p.NodeID = p.NodeList[p.Node]
		}
		if t := counts(v, "SLURM_STEP_TASKS_PER_NODE", p.Nodes); p.Node >= 0 && p.Node < len(t) {
			p.LocalSize = t[p.Node]
			if p.LocalRank >= p.LocalSize {
				v.fail("%s is not below the %d tasks of node %d in %s", v.show("SLURM_LOCALID"), p.LocalSize, p.Node, v.show("SLURM_STEP_TASKS_PER_NODE"))
			}
		}
		p.JobID = v.text("SLURM_JOB_ID") + "." + v.text("SLURM_STEP_ID")
		p.Ports = v.text("SLURM_STEP_RESV_PORTS")
		return p, true
	},
}

// Step ids from here on are Slurm's own steps: the batch script, the shell of an
// interactive allocation. They are one process that has the whole allocation.
const firstSpecialStep = 0xfffffff0

// inStep says whether srun started this process. A batch script has SLURM_PROCID=0
// and SLURM_NTASKS=N as well, and would wait for N-1 others that do not come.
func inStep(v *variables) bool {
	if !v.has("SLURM_STEP_ID") {
		return false
	}
	id, err := strconv.ParseUint(v.text("SLURM_STEP_ID"), 10, 64)
	if err != nil {
		v.fail("%s is not a number", v.show("SLURM_STEP_ID"))
	}
	return id < firstSpecialStep
}

// slurmAllocation is what a shell or batch script in an allocation has, or nil.
func slurmAllocation(v *variables) *Allocation {
	if !v.has("SLURM_JOB_ID") || !v.has("SLURM_JOB_NODELIST") {
		return nil
	}
	a := &Allocation{Manager: Slurm, JobID: v.text("SLURM_JOB_ID"), NodeList: nodeList(v, "SLURM_JOB_NODELIST")}
	a.CPUs = counts(v, "SLURM_JOB_CPUS_PER_NODE", len(a.NodeList))
	a.Tasks = counts(v, "SLURM_TASKS_PER_NODE", len(a.NodeList))
	return a
}

func nodeList(v *variables, name string) []string {
	names, err := hostfile.ExpandNodeList(v.text(name))
	if err != nil {
		v.fail("%s: %w", v.show(name), err)
	}
	return names
}

// counts reads a count for each of n nodes. The allocation's counts stay set in
// a step of fewer nodes: what is beyond n is cut.
func counts(v *variables, name string, n int) []int {
	c, err := hostfile.ExpandCounts(v.text(name))
	if err != nil {
		v.fail("%s: %w", v.show(name), err)
	}
	if n > 0 && len(c) > n {
		c = c[:n]
	}
	return c
}

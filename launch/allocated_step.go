package launch

import (
	"slices"
	"strings"

	"numcomp/hostfile"
)

// StepRanks is where the tasks of the Slurm step that this process is one of stand:
// the ranks of each of the step's hosts, by its index, and Slurm's word for their
// distribution. They are nil outside of a step, and in a distribution whose order the
// environment does not tell (arbitrary). Source: srun(1), --distribution; a host's
// slots are its tasks.
func StepRanks(env Getenv, hosts []hostfile.Host) (ranks [][]int, distribution string) {
	v := &variables{get: env}
	if !inStep(v) || v.err != nil {
		return nil, ""
	}
	// The first word is that of nodes; what follows is about the CPUs within one.
	distribution, _, _ = strings.Cut(v.text("SLURM_DISTRIBUTION"), ":")
	distribution, _, _ = strings.Cut(distribution, ",")
	turn := 0 // tasks that a host gets before the next one has its turn; 0: all of its own
	switch distribution {
	case "", "block":
		distribution = "block"
	case "cyclic":
		turn = 1
	case "plane":
		if turn = v.number("SLURM_DIST_PLANESIZE", -1); turn < 1 {
			return nil, distribution
		}
	default:
		return nil, distribution
	}
	ranks = make([][]int, len(hosts))
	for next, placed := 0, true; placed; {
		placed = false
		for i, h := range hosts {
			n := h.Slots - len(ranks[i])
			if turn > 0 {
				n = min(n, turn)
			}
			ranks[i] = slices.Grow(ranks[i], n)
			for range n {
				ranks[i] = append(ranks[i], next)
				next, placed = next+1, true
			}
		}
	}
	return ranks, distribution
}

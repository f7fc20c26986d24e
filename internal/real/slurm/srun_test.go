package slurm

import (
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// kinds are srun's ways to serve ranks that numcomp can meet by.
var kinds = []string{"none", "pmi2", "pmix"}

// steps are shapes of steps: how srun is asked for ranks, and what comes of it.
var steps = []struct {
	name, args  string
	size, nodes int
}{
	{"block", "-N 8 -n 16 -m block", 16, 8},
	{"cyclic", "-N 8 -n 16 -m cyclic", 16, 8},
	{"plane", "-N 3 -n 14 -m plane=3", 14, 3},
	{"uneven", "-N 3 -n 5", 5, 3},
	{"subset", "-N 2 -n 4 -w n3,n7", 4, 2},
	{"one-node", "-N 1 -n 5", 5, 1},
	{"one-task", "-N 1 -n 1", 1, 1},
	{"one-a-node", "-N 8 --ntasks-per-node 1", 8, 8},
	{"more-than-a-level", "-N 4 --ntasks-per-node 10", 40, 4},
	{"many", "-N 8 --ntasks-per-node 16", 128, 8},
}

func TestSteps(t *testing.T) {
	for _, kind := range kinds {
		for _, s := range steps {
			t.Run(kind+"/"+s.name, func(t *testing.T) {
				same(t, report(t, "srun --mpi="+kind+" "+s.args+" NUMCOMP"), s.size, s.nodes)
			})
		}
	}
}

func TestAnswer(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			realtest.AnswerTo(t, in(t, "srun --mpi="+kind+" -N 4 -n 10 NUMCOMP"))
		})
	}
}

// TestTwoCommands is a step of two commands: one world of the ranks of both. Slurm's
// PMI-2 server does not pass the barrier of such a step, so kind pmi2 is not tried.
func TestTwoCommands(t *testing.T) {
	for _, kind := range []string{"none", "pmix"} {
		t.Run(kind, func(t *testing.T) {
			small := strings.Join(realtest.Small(), " ")
			same(t, report(t, "salloc -N 4 --ntasks-per-node 4 srun --mpi="+kind+" -N 1 -n 2 NUMCOMP "+small+" : -N 2 -n 3 NUMCOMP"), 5, 3)
		})
	}
}

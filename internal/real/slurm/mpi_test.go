package slurm

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// openMPI is what Open MPI needs here: the nodes are one machine, whose memory they
// must not share, and loopback is their network.
var openMPI = []string{"OMPI_MCA_btl=tcp,self", "OMPI_MCA_btl_tcp_if_include=lo", "OMPI_MCA_pml=ob1"}

// TestMPI: srun's PMIx starts Open MPI's ranks, and the results are those of one rank
// alone; an error ends the step with its words.
func TestMPI(t *testing.T) {
	c := cluster(t)
	mpi := realtest.BuildMPI(t, filepath.Join(c.Dir, "bin"))
	step := func(args string, more ...string) realtest.Cmd {
		cmd := in(t, "srun --mpi=pmix "+args+" "+mpi, more...)
		cmd.Env = append(slices.Clone(cmd.Env), openMPI...)
		return cmd
	}
	for _, s := range []struct {
		name, args  string
		size, nodes int
	}{{"two-a-node", "-N 8 --ntasks-per-node 2", 16, 8}, {"cyclic", "-N 3 -n 5 -m cyclic", 5, 3}, {"one", "-N 1 -n 1", 1, 1}} {
		t.Run(s.name, func(t *testing.T) {
			r := realtest.JSON(t, step(s.args, realtest.Small()...))
			same(t, r, s.size, s.nodes)
			if r.World.Engine != "mpi" || s.name == "two-a-node" && r.World.SharedNodes != 8 {
				t.Errorf("world %+v", r.World)
			}
		})
	}
	t.Run("error", func(t *testing.T) {
		r := realtest.Run(t, step("-N 4 --ntasks-per-node 2", "--timeout", "2s", "--iterations", "1000000"))
		if say := "the run took longer than --timeout 2s"; r.Status == 0 || strings.Count(r.Stderr, say) != 1 {
			t.Errorf("status %d, want one %q\n%s", r.Status, say, r.Stderr)
		}
	})
	t.Run("no-pmix", func(t *testing.T) { // nothing to start MPI with: TCP, not worlds of one
		r := report(t, "srun --mpi=none -N 2 -n 4 "+mpi)
		same(t, r, 4, 2)
		if r.World.Engine != "tcp" {
			t.Errorf("world %+v", r.World)
		}
	})
}

package ssh

import (
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// TestMPI: Open MPI's mpirun starts ranks over ssh on four hosts, and MPI carries
// their messages; without the engine, the program says how to get it.
func TestMPI(t *testing.T) {
	realtest.Need(t, "mpirun.openmpi", "openmpi-bin")
	n := open(t)
	mpi := n.share(t, realtest.BuildMPI(t, t.TempDir()))
	pure := n.share(t, program)
	want := realtest.JSON(t, realtest.Cmd{Args: append([]string{program, "--num-workers", "1"}, realtest.Small()...)}).ResultSHA256
	mpirun := func(args ...string) realtest.Cmd {
		options := "mpirun.openmpi --allow-run-as-root --host n1:2,n2:2,n3:2,n4:2 --map-by node --prefix /usr " +
			"--mca plm_rsh_no_tree_spawn 1 --mca oob_tcp_if_include 10.77.0.0/16 --mca btl_tcp_if_include 10.77.0.0/16 --mca btl tcp,self,vader " +
			"-x HOME -np 8"
		return realtest.Cmd{In: n.login, Dir: sharedDir, Env: []string{"HOME=/root"}, Args: append(strings.Fields(options), args...)}
	}
	got := realtest.JSON(t, mpirun(append([]string{mpi}, realtest.Small()...)...))
	if got.World.Size != 8 || got.World.Nodes != 4 || got.World.Engine != "mpi" || got.ResultSHA256 != want {
		t.Errorf("world %+v, results %s, alone %s", got.World, got.ResultSHA256, want)
	}
	r := realtest.Run(t, mpirun(pure))
	if r.Status != 2 || !strings.Contains(r.Stderr, "go build -tags mpi") {
		t.Errorf("without the engine: status %d\n%s", r.Status, r.Stderr)
	}
}

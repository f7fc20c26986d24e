//go:build mpi

package comm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"numcomp/comm/transport/mpi"
)

// launchedVariable is set in the ranks that TestLaunched starts.
const launchedVariable = "NUMCOMP_TEST_LAUNCHED"

// launchedTests are those that run on every rank of a world (by spmd).
const launchedTests = "^Test(Bcast|(Gather|Scatter|Allgather|Alltoall)v?|Reduce|Allreduce|ReduceScatter|Scan|Exscan|Split|SplitAgain|SplitUneven|Subset|" +
	"ContextsAreSeparate|Elements|NonBlocking|PartOfAnElement|Sendrecv|Truncated)$"

// rank is this process's part in the world that TestLaunched has started.
type rank struct {
	engine *mpi.Process
	comm   *Comm
}

// self is nil in the process of the tests.
var self *rank = nil

// runTests runs the tests of this process: with goroutine ranks or, as a rank of
// TestLaunched's, with the world of MPI for every world of its size.
func runTests(m *testing.M) {
	if os.Getenv(launchedVariable) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	size, err := strconv.Atoi(os.Getenv("OMPI_COMM_WORLD_SIZE"))
	if err != nil {
		panic(err)
	}
	engine, err := mpi.Start(size)
	if err != nil {
		panic(err)
	}
	t, err := engine.Open()
	if err != nil {
		panic(err)
	}
	c, err := NewWorld(t, nil)
	if err != nil {
		panic(err)
	}
	c.tuning = testTuning()
	self = &rank{engine, c}
	if m.Run() != 0 {
		engine.Abort(1)
	}
	t.Close()
	engine.Stop()
	os.Exit(0)
}

// launched runs body as the rank of size that TestLaunched made this process, and
// tells whether it is one. Worlds of other sizes are other jobs'.
func launched(_ *testing.T, size int, body func(context.Context, *Comm) error) bool {
	if self == nil {
		return false
	}
	if size != self.comm.Size() {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), watchdog)
	defer cancel()
	if err := body(ctx, self.comm); err != nil {
		fmt.Fprintf(os.Stderr, "rank %d of %d: %v\n", self.comm.Rank(), size, err)
		self.engine.Abort(1)
	}
	return true
}

// onRanks runs these tests, with other arguments, as ranks of Open MPI's mpirun, and
// returns what it printed. Without mpirun it skips the test, which with CI set to true
// is a failure.
func onRanks(t *testing.T, np int, args ...string) ([]byte, error) {
	t.Helper()
	if self != nil {
		t.Skip("this is a rank")
	}
	if _, err := exec.LookPath("mpirun.openmpi"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	cmd := exec.Command("mpirun.openmpi", append([]string{"-np", strconv.Itoa(np), os.Args[0]}, args...)...)
	cmd.Env = append(os.Environ(), launchedVariable+"=1",
		"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1")
	return cmd.CombinedOutput()
}

// TestLaunched runs the tests of the collectives on real ranks: those of MPI's own,
// where it has them, and by name those of this package on MPI's messages.
func TestLaunched(t *testing.T) {
	for _, np := range []int{1, 2, 3, 4, 5, 8} {
		t.Run(fmt.Sprintf("np=%d", np), func(t *testing.T) {
			if out, err := onRanks(t, np, "-test.run", launchedTests, "-test.timeout", "2m"); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

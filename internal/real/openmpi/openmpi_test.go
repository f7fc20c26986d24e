package openmpi

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

var program string

func TestMain(m *testing.M) { os.Exit(realtest.Main(m, &program)) }

// env is what Open MPI wants as root, and with more ranks than CPUs.
var env = []string{"OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1"}

func mpirun(t *testing.T, np int, args ...string) []string {
	t.Helper()
	realtest.Need(t, "mpirun.openmpi", "openmpi-bin")
	return append([]string{"mpirun.openmpi", "-np", strconv.Itoa(np)}, args...)
}

func TestAnswer(t *testing.T) {
	realtest.Answer(t, program, env, mpirun(t, 3)...)
}

func TestTenMillion(t *testing.T) {
	r := realtest.OK(t, realtest.Cmd{Args: mpirun(t, 4, program, "--size", "10000000"), Env: env, Limit: 2 * time.Minute})
	for _, want := range []string{"3125x3200", "Number of workers: 4", "Time for iteration 11 is ", "Average time: ", "Standard deviation: "} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("no %q in\n%s", want, r.Stdout)
		}
	}
}

// TestSameBits: the results of every world size are those of one rank alone.
func TestSameBits(t *testing.T) {
	alone := realtest.JSON(t, realtest.Cmd{Args: append([]string{program, "--num-workers", "1"}, realtest.Small()...)})
	for _, np := range []int{1, 2, 5, 8} {
		for _, schedule := range []string{"static", "dynamic"} {
			args := mpirun(t, np, append([]string{program}, realtest.Small("--schedule", schedule)...)...)
			got := realtest.JSON(t, realtest.Cmd{Args: args, Env: env})
			if got.World.Size != np || got.World.Launcher != "openmpi" || got.World.Nodes != 1 {
				t.Errorf("-np %d: world %+v", np, got.World)
			}
			if got.ResultSHA256 != alone.ResultSHA256 {
				t.Errorf("-np %d, %s: results %s, alone %s", np, schedule, got.ResultSHA256, alone.ResultSHA256)
			}
		}
	}
}

// TestManyRanks: more ranks than one level of the control tree has.
func TestManyRanks(t *testing.T) {
	args := mpirun(t, 40, append([]string{program}, realtest.Small()...)...)
	if got := realtest.JSON(t, realtest.Cmd{Args: args, Env: env, Limit: 2 * time.Minute}); got.World.Size != 40 {
		t.Errorf("world %+v", got.World)
	}
}

func TestOtherNumWorkers(t *testing.T) {
	r := realtest.Run(t, realtest.Cmd{Args: mpirun(t, 2, program, "--num-workers", "3"), Env: env})
	if r.Status == 0 || !strings.Contains(r.Stderr, "--num-workers") || !strings.Contains(r.Stderr, "3") || !strings.Contains(r.Stderr, "2") {
		t.Errorf("status %d, stderr:\n%s", r.Status, r.Stderr)
	}
}

// TestRankKilled: one rank dies, the others end with an error that names it, and
// nothing is left.
func TestRankKilled(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=openmpi-rank-killed"
	p := realtest.Start(t, realtest.Cmd{Args: mpirun(t, 3, "-x", "NUMCOMP_TEST_MARK", program, "--size", "300x300", "--items", "6", "--iterations", "1000000"),
		Env: append(slices.Clone(env), marker)})
	victim := realtest.WaitRank(t, marker, "OMPI_COMM_WORLD_RANK=1")
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if r := p.Wait(t); r.Status == 0 {
		t.Errorf("status 0 after a rank was killed\n%s", r.Stderr)
	}
	realtest.Gone(t, marker, 10*time.Second)
}

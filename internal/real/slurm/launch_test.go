package slurm

import (
	"strings"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

// TestLaunch: numcomp launch in an allocation needs no list of hosts, and starts
// its agents with srun, through a tree too.
func TestLaunch(t *testing.T) {
	input := []string{"--input", realtest.Data(t, "image.npy"), "--filters", realtest.Data(t, "bank.npy"), "--iterations", "1", "--burns", "0", "--json", "-"}
	for _, fanOut := range []string{"32", "2"} {
		c := in(t, "salloc -Q -N 4 --ntasks-per-node=2 NUMCOMP launch --fan-out "+fanOut+" --", input...)
		got := realtest.JSON(t, c)
		if got.World.Size != 8 || got.World.Nodes != 4 || got.World.Launcher != "numcomp" {
			t.Errorf("fan-out %s: world %+v", fanOut, got.World)
		}
	}
}

// TestLaunchTimeout: nothing of a run that is ended is left on any node.
func TestLaunchTimeout(t *testing.T) {
	const mark = "NUMCOMP_TEST_MARK=slurm-launch-timeout"
	c := in(t, "salloc -Q -N 3 --ntasks-per-node=1 NUMCOMP launch --timeout 4 sleep 1000")
	c.Env = append(c.Env, mark)
	r := realtest.Run(t, c)
	if r.Status != 124 || !strings.Contains(r.Stderr, "timeout") {
		t.Errorf("status %d: %s", r.Status, r.Stderr)
	}
	realtest.Gone(t, mark, 15*time.Second)
}

// TestLaunchElsewhere: a host that is not of the allocation cannot be reached by
// srun, which is told.
func TestLaunchElsewhere(t *testing.T) {
	r := realtest.Run(t, in(t, "salloc -Q -N 1 -w n1 NUMCOMP launch --host n8,n1 --starter srun true"))
	if r.Status == 0 || !strings.Contains(r.Stderr, "host n8") || !strings.Contains(r.Stderr, "--starter ssh") {
		t.Errorf("status %d: %s", r.Status, r.Stderr)
	}
}

package slurm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// without is a PATH with scontrol, but without munge.
func without(t *testing.T) string {
	t.Helper()
	cluster(t)
	dir := t.TempDir()
	if err := os.Symlink("/usr/bin/scontrol", filepath.Join(dir, "scontrol")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestWithoutMunge: a key file in the user's home does as well, and without a
// home the ranks refuse to start, unless they may do without proof.
func TestWithoutMunge(t *testing.T) {
	path := without(t)
	home := t.TempDir()
	base := "srun --mpi=none -N 3 -n 6 /usr/bin/env XDG_CONFIG_HOME= PATH=" + path
	same(t, report(t, base+" HOME="+home+" NUMCOMP"), 6, 3)
	if info, err := os.Stat(filepath.Join(home, ".config", "numcomp", "key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
	same(t, report(t, base+" HOME= NUMCOMP", "--insecure"), 6, 3)
	r := realtest.Run(t, in(t, base+" HOME= NUMCOMP --start-timeout 5"))
	if r.Status == 0 || !strings.Contains(r.Stderr, "munge does not work here") || !strings.Contains(r.Stderr, "--insecure") {
		t.Errorf("status %d, stderr:\n%s", r.Status, r.Stderr)
	}
}

// TestMungeLeavesNoKey: a key file is made only where it is needed.
func TestMungeLeavesNoKey(t *testing.T) {
	home := t.TempDir()
	same(t, report(t, "srun --mpi=none -N 2 -n 2 --export=ALL,HOME="+home+" NUMCOMP"), 2, 2)
	if left, _ := filepath.Glob(filepath.Join(home, ".*", "*")); len(left) > 0 {
		t.Errorf("left in the home: %v", left)
	}
}

// TestTwoUsers: steps of two users on the same nodes, at the same time and with
// the same ports, do not meet: each has its own answer. Nor do two of one user.
func TestTwoUsers(t *testing.T) {
	const same = "SLURM_STEP_RESV_PORTS=21000-21009"
	var running []*realtest.Process
	for range 2 {
		for _, user := range []string{"0", "65534"} {
			c := in(t, "setpriv --reuid="+user+" --regid="+user+" --clear-groups srun --mpi=none -N 4 -n 8 env "+same+" NUMCOMP", realtest.Small()...)
			running = append(running, realtest.Start(t, c))
		}
	}
	want, err := alone()
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range running {
		r := p.Wait(t)
		if r.Status != 0 {
			t.Errorf("job %d: status %d\n%s", i, r.Status, r.Stderr)
			continue
		}
		if got := parse(t, r.Stdout); got.World.Size != 8 || got.World.Nodes != 4 || got.ResultSHA256 != want.ResultSHA256 {
			t.Errorf("job %d: %+v", i, got)
		}
	}
}

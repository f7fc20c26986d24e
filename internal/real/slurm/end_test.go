package slurm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

// long starts a step of 8 ranks on 4 nodes that does not end by itself, and waits
// until they compute. Its processes are found by mark; out is the file that they
// write both their streams to.
func long(t *testing.T, kind string) (p *realtest.Process, mark, out string) {
	t.Helper()
	mark = fmt.Sprintf("NUMCOMP_TEST_MARK=%s-%d", strings.ReplaceAll(t.Name(), "/", "-"), os.Getpid())
	out = filepath.Join(t.TempDir(), "out")
	c := in(t, "srun --mpi="+kind+" -N 4 -n 8 --output="+out+" NUMCOMP --size 300x300 --items 16 --iterations 10000000")
	c.Env = append(c.Env, mark)
	p = realtest.Start(t, c)
	realtest.Until(t, "the step computes", func() bool {
		raw, _ := os.ReadFile(out)
		return strings.Contains(string(raw), "Array: ")
	})
	return p, mark, out
}

// jobs lists the jobs of the cluster, as "id name".
func jobs(t *testing.T) []string {
	t.Helper()
	return strings.Split(strings.TrimSpace(realtest.OK(t, in(t, "squeue -h -o %i:%j")).Stdout), "\n")
}

// over fails the test unless the cluster has no jobs and no process with mark is
// left.
func over(t *testing.T, mark string) {
	t.Helper()
	realtest.Gone(t, mark, 20*time.Second)
	realtest.Until(t, "Slurm has no jobs", func() bool { return jobs(t)[0] == "" })
}

func TestScancel(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p, mark, _ := long(t, kind)
			for _, j := range jobs(t) {
				id, _, _ := strings.Cut(j, ":")
				realtest.OK(t, in(t, "scancel "+id))
			}
			if r := p.Wait(t); r.Status == 0 || r.Took > 30*time.Second {
				t.Errorf("status %d after %v\n%s", r.Status, r.Took, r.Stderr)
			}
			over(t, mark)
		})
	}
}

// TestInterrupt is ^C in the terminal of srun: once asks for the state of the
// step, twice within a second ends it.
func TestInterrupt(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p, mark, _ := long(t, kind)
			again := time.NewTicker(300 * time.Millisecond)
			defer again.Stop()
			for tries := 0; len(realtest.Survivors(t, mark)) > 0 && tries < 100; tries++ {
				if err := syscall.Kill(-p.Cmd.Process.Pid, syscall.SIGINT); err != nil && tries < 2 {
					t.Fatal(err)
				}
				<-again.C
			}
			if r := p.Wait(t); r.Status == 0 {
				t.Errorf("status 0\n%s", r.Stderr)
			}
			over(t, mark)
		})
	}
}

// TestRankKilled: the others say who died, and end, though srun would let them
// wait.
func TestRankKilled(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p, mark, out := long(t, kind)
			victim := realtest.WaitRank(t, mark, "SLURM_PROCID=5")
			if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			r := p.Wait(t)
			said, err := os.ReadFile(out)
			if r.Status == 0 || err != nil || strings.Count(string(said), "rank 5 (") != 1 {
				t.Errorf("status %d, %v, said:\n%s", r.Status, err, said)
			}
			over(t, mark)
		})
	}
}

// TestRankMissing: one task is no numcomp; the others name its rank in time.
func TestRankMissing(t *testing.T) {
	c := in(t, "srun --mpi=none -N 2 -n 4 sh -c", `test $SLURM_PROCID = 3 && exec sleep 8 || exec `+program+` --start-timeout 3`)
	r := realtest.Run(t, c)
	if r.Status == 0 || !strings.Contains(r.Stderr, "rank 3 of 4 did not arrive within 3s") {
		t.Errorf("status %d after %v, stderr:\n%s", r.Status, r.Took, r.Stderr)
	}
}

// TestLeaderMissing: the task through which all others would meet is no numcomp.
func TestLeaderMissing(t *testing.T) {
	c := in(t, "srun --mpi=none -N 2 -n 4 sh -c", `test $SLURM_PROCID = 0 && exec sleep 8 || exec `+program+` --start-timeout 3`)
	r := realtest.Run(t, c)
	for _, want := range []string{"could not reach the node's local rank 0", "could not reach node 0", "3s"} {
		if r.Status == 0 || !strings.Contains(r.Stderr, want) {
			t.Errorf("status %d after %v, no %q in stderr:\n%s", r.Status, r.Took, want, r.Stderr)
		}
	}
}

func TestOtherNumWorkers(t *testing.T) {
	for _, kind := range kinds {
		r := realtest.Run(t, in(t, "srun --mpi="+kind+" -N 2 -n 4 NUMCOMP --num-workers 3"))
		if r.Status == 0 || !strings.Contains(r.Stderr, "--num-workers: 3 contradicts") || !strings.Contains(r.Stderr, "4 rank(s)") {
			t.Errorf("%s: status %d, stderr:\n%s", kind, r.Status, r.Stderr)
		}
	}
}

// TestOneTaskWithWorkers: a step of one task may hold local ranks.
func TestOneTaskWithWorkers(t *testing.T) {
	for _, kind := range kinds {
		r := report(t, "srun --mpi="+kind+" -N 1 -n 1 NUMCOMP", "--num-workers", "3")
		if r.World.Size != 3 || r.World.Nodes != 1 {
			t.Errorf("%s: world %+v", kind, r.World)
		}
	}
}

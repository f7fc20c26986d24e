package slurm

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"numcomp/internal/real/realtest"
)

// program is numcomp where every user can run it, once cluster has been called.
var program string

// shared is the cluster of all tests, started by the first that needs it.
var shared struct {
	once sync.Once
	c    *Cluster
	err  error
}

func TestMain(m *testing.M) {
	status := realtest.Main(m, &program)
	if c := shared.c; c != nil {
		if err := c.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = max(status, 1)
		}
		if _, err := os.Stat(c.Dir); err == nil {
			fmt.Fprintln(os.Stderr, c.Dir, "is still there")
			status = max(status, 1)
		}
	}
	os.Exit(status)
}

func cluster(t *testing.T) *Cluster {
	t.Helper()
	for _, need := range [][2]string{{"slurmctld", "slurm-wlm"}, {"slurmd", "slurm-wlm"}, {"srun", "slurm-wlm"}, {"munged", "munge"}, {"ip", "iproute2"}} {
		realtest.Need(t, need[0], need[1])
	}
	realtest.NeedRoot(t, "Slurm's daemons run tasks of any user, in a network namespace")
	shared.once.Do(func() {
		if shared.c, shared.err = Start(); shared.err != nil {
			return
		}
		raw, err := os.ReadFile(program)
		if err == nil {
			program = filepath.Join(shared.c.Dir, "bin", "numcomp")
			err = os.WriteFile(program, raw, 0o755)
		}
		shared.err = err
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.c
}

// in is a command for the cluster: args are split at blanks, but for those of
// more, which are kept. NUMCOMP stands for the program.
func in(t *testing.T, args string, more ...string) realtest.Cmd {
	t.Helper()
	c := cluster(t)
	words := strings.Fields(args)
	for i, w := range words {
		if w == "NUMCOMP" {
			words[i] = program
		}
	}
	return realtest.Cmd{In: c.Namespace, Dir: c.Dir, Env: c.Env(), Args: append(words, more...)}
}

// report runs NUMCOMP on a small workload in the cluster.
func report(t *testing.T, args string, more ...string) realtest.Report {
	t.Helper()
	return realtest.JSON(t, in(t, args, realtest.Small(more...)...))
}

// alone is what one rank without a launcher reports for the same.
var alone = sync.OnceValues(func() (r realtest.Report, err error) {
	out, err := shared.c.Namespace.Output(shared.c.Command(program, append([]string{"--num-workers", "1"}, realtest.Small()...)...))
	if err == nil {
		err = json.Unmarshal([]byte(out[max(0, strings.Index(out, "{")):]), &r)
	}
	return r, err
})

// same fails the test unless r is of a world of size ranks on nodes nodes with
// the results of one rank alone.
func same(t *testing.T, r realtest.Report, size, nodes int) {
	t.Helper()
	want, err := alone()
	if err != nil {
		t.Fatal(err)
	}
	if r.World.Size != size || r.World.Nodes != nodes || r.World.Launcher != "slurm" {
		t.Errorf("world %+v, want %d ranks on %d nodes", r.World, size, nodes)
	}
	if r.ResultSHA256 != want.ResultSHA256 {
		t.Errorf("results %s, alone %s", r.ResultSHA256, want.ResultSHA256)
	}
}

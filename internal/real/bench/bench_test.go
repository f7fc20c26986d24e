package bench

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

var program string

func TestMain(m *testing.M) { os.Exit(realtest.Main(m, &program)) }

// TestCommands runs every benchmark that numcomp bench --help lists, as a user
// does.
func TestCommands(t *testing.T) {
	help := realtest.OK(t, realtest.Cmd{Args: []string{program, "bench", "--help"}}).Stdout
	help, _, _ = strings.Cut(help, "\nExamples:")
	names := regexp.MustCompile(`(?m)^  numcomp bench ([a-z-]+)(?: +[A-Z].*)?$`).FindAllStringSubmatch(help, -1)
	if len(names) < 12 {
		t.Fatalf("%d benchmarks: the pattern has gone wrong:\n%s", len(names), help)
	}
	for _, name := range names {
		args := []string{program, "bench", name[1], "--num-workers", "2", "--rounds", "2", "--json", "-"}
		if name[1] == "dispatch" {
			args = append(args, "--items", "1000")
		}
		r := realtest.OK(t, realtest.Cmd{Args: args})
		var report struct {
			Benchmark string
			Rows      []struct {
				Rounds        int
				MedianSeconds float64 `json:"median_seconds"`
			}
		}
		if err := json.Unmarshal([]byte(r.Stdout), &report); err != nil {
			t.Errorf("%v: %v\n%s", args[1:], err, r.Stdout)
			continue
		}
		if report.Benchmark != name[1] || len(report.Rows) == 0 {
			t.Errorf("%v: %+v", args[1:], report)
		}
		for _, row := range report.Rows {
			if row.Rounds != 2 || row.MedianSeconds <= 0 {
				t.Errorf("%v: row %+v", args[1:], row)
			}
		}
	}
}

// script runs a script of the folder bench, and returns what it prints.
func script(t *testing.T, name string, env []string, args ...string) string {
	t.Helper()
	r := realtest.OK(t, realtest.Cmd{
		Dir: "../../..", Args: append([]string{"bash", "bench/" + name}, args...),
		Env: append([]string{"NUMCOMP=" + program}, env...), Limit: 2 * time.Minute,
	})
	return r.Stdout
}

func needMPI(t *testing.T) {
	t.Helper()
	for command, debianPackage := range map[string]string{
		"mpirun.openmpi": "openmpi-bin", "mpicc.openmpi": "libopenmpi-dev", "mpirun.mpich": "mpich", "mpicc.mpich": "libmpich-dev",
	} {
		realtest.Need(t, command, debianPackage)
	}
}

// want fails the test unless out has n lines that match the pattern.
func want(t *testing.T, out string, n int, pattern string) {
	t.Helper()
	if got := len(regexp.MustCompile("(?m)"+pattern).FindAllString(out, -1)); got != n {
		t.Errorf("%d lines match %s, want %d, in\n%s", got, pattern, n, out)
	}
}

// TestKernel: without OpenCV, whose package brings a hundred others; the script says so.
func TestKernel(t *testing.T) {
	realtest.Need(t, "/usr/bin/python3", "python3-scipy")
	out := script(t, "kernel.sh", nil, "--quick")
	want(t, out, 1, `^OpenCV (not installed|[0-9.]+)$`)
	want(t, out, 2, `^ *(32x32|256x256)( +\S+){10}$`)
	want(t, out, 1, `^ *9x9( +[0-9.]+){8}$`)
}

func TestMessages(t *testing.T) {
	needMPI(t)
	out := script(t, "messages.sh", nil, "--quick")
	want(t, out, 2, `^# pingpong, numcomp --transport `)
	want(t, out, 2, `^# bandwidth, numcomp --transport `)
	want(t, out, 4, `^ +8192( +\S+){3,5}$`)
}

func TestCollectives(t *testing.T) {
	needMPI(t)
	out := script(t, "collectives.sh", nil, "--quick")
	want(t, out, 8, `^ *(bcast|gather|scatter|allreduce|allgather|alltoall|shared-bcast|shared-bcast-in-place) +2 +8192( +\S+){5}$`)
	want(t, out, 1, `^ *barrier +2 +0( +\S+){5}$`)
	out = script(t, "collectives.sh", []string{"OPS=bcast", "RANKS=3", "TRANSPORT=tcp"}, "--quick")
	want(t, out, 1, `^ *bcast +3 +8192( +\S+){3}$`)
}

func TestMPI(t *testing.T) {
	needMPI(t)
	mpi := realtest.BuildMPI(t, t.TempDir())
	out := script(t, "mpi.sh", []string{"NUMCOMP=" + mpi}, "--quick")
	want(t, out, 2, `^ *pingpong +2 +(1|8)( +\S+){3}  [0-9.]+ / [0-9.]+$`) // beside gompi's own figures
	want(t, out, 3, `^ *(bcast|gather|allreduce) +2 +8192( +\S+){3}$`)
}

func TestStart(t *testing.T) {
	needMPI(t)
	out := script(t, "start.sh", nil, "--quick")
	want(t, out, 3, `^  (numcomp|Open MPI|MPICH), 20 barriers +[0-9.]+ s`)
	want(t, out, 1, `^  own memory a rank: .*\(of 3 ranks\)$`)
}

func TestSlurm(t *testing.T) {
	realtest.NeedRoot(t, "Slurm's daemons want a network namespace")
	realtest.Need(t, "slurmctld", "slurm-wlm")
	realtest.Need(t, "munged", "munge")
	out := script(t, "slurm.sh", nil, "1", "1")
	want(t, out, 2, `^srun --mpi=(none|pmi2) -N 8 `)
	want(t, out, 1, `^  rank 0: +private memory `)
}

func TestSleep(t *testing.T) {
	realtest.NeedRoot(t, "Slurm's daemons want a network namespace")
	realtest.Need(t, "slurmctld", "slurm-wlm")
	realtest.Need(t, "munged", "munge")
	want(t, script(t, "sleep.sh", nil, "--quick"), 2, `^  (static|dynamic) +[0-9.]+ s, [0-9.]+ % of ideal$`)
}

func TestMemory(t *testing.T) {
	out := script(t, "memory.sh", nil, "--quick")
	want(t, out, 1, `^4 ranks on `)
	want(t, out, 1, `^  rank 0 +[0-9.]+,`)
	want(t, out, 1, `^  other ranks +[0-9.]+ least, [0-9.]+ median, [0-9.]+ most$`)
}

// TestOptions: what a script is told wrongly is not taken for something else.
func TestOptions(t *testing.T) {
	for _, name := range []string{"kernel.sh", "messages.sh", "collectives.sh", "start.sh", "memory.sh"} {
		r := realtest.Run(t, realtest.Cmd{Dir: "../../..", Args: []string{"bash", "bench/" + name, "--quik"}})
		if r.Status != 2 || !strings.Contains(r.Stderr, "--quik") {
			t.Errorf("%s --quik: status %d, %s", name, r.Status, r.Stderr)
		}
	}
}

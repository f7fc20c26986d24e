package mpich

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

var program string

func TestMain(m *testing.M) { os.Exit(realtest.Main(m, &program)) }

func mpirun(t *testing.T, np int, args ...string) []string {
	t.Helper()
	realtest.Need(t, "mpirun.mpich", "mpich")
	return append([]string{"mpirun.mpich", "-np", strconv.Itoa(np)}, args...)
}

// ways are Hydra's: a connected socket as PMI_FD, and a TCP port as PMI_PORT.
var ways = map[string][]string{"fd": nil, "port": {"-pmi-port"}}

func TestAnswer(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) { realtest.Answer(t, program, nil, mpirun(t, 5, way...)...) })
	}
}

func TestTenMillion(t *testing.T) {
	r := realtest.OK(t, realtest.Cmd{Args: mpirun(t, 4, program, "--size", "10000000"), Limit: 2 * time.Minute})
	for _, want := range []string{"3125x3200", "Number of workers: 4", "Time for iteration 11 is ", "Average time: ", "Standard deviation: "} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("no %q in\n%s", want, r.Stdout)
		}
	}
}

// TestSameBits: the results of every world size are those of one rank alone.
func TestSameBits(t *testing.T) {
	alone := realtest.JSON(t, realtest.Cmd{Args: append([]string{program, "--num-workers", "1"}, realtest.Small()...)})
	for name, way := range ways {
		for _, np := range []int{1, 2, 5, 8} {
			args := mpirun(t, np, append(append(way[:len(way):len(way)], program), realtest.Small("--schedule", "dynamic")...)...)
			got := realtest.JSON(t, realtest.Cmd{Args: args})
			if got.World.Size != np || got.World.Launcher != "mpich" || got.World.Nodes != 1 {
				t.Errorf("%s, -np %d: world %+v", name, np, got.World)
			}
			if got.ResultSHA256 != alone.ResultSHA256 {
				t.Errorf("%s, -np %d: results %s, alone %s", name, np, got.ResultSHA256, alone.ResultSHA256)
			}
		}
	}
}

// TestManyRanks: more ranks than one level of the control tree has.
func TestManyRanks(t *testing.T) {
	args := mpirun(t, 40, append([]string{program}, realtest.Small()...)...)
	if got := realtest.JSON(t, realtest.Cmd{Args: args, Limit: 2 * time.Minute}); got.World.Size != 40 {
		t.Errorf("world %+v", got.World)
	}
}

func TestOtherNumWorkers(t *testing.T) {
	r := realtest.Run(t, realtest.Cmd{Args: mpirun(t, 2, program, "--num-workers", "3")})
	if r.Status == 0 || !strings.Contains(r.Stderr, "--num-workers") || !strings.Contains(r.Stderr, "3") || !strings.Contains(r.Stderr, "2") {
		t.Errorf("status %d, stderr:\n%s", r.Status, r.Stderr)
	}
}

// TestRankKilled: one rank dies, the run ends with a failure, and nothing is left.
func TestRankKilled(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=mpich-rank-killed"
	p := realtest.Start(t, realtest.Cmd{Args: mpirun(t, 3, program, "--size", "300x300", "--items", "6", "--iterations", "1000000"),
		Env: []string{marker}})
	victim := realtest.WaitRank(t, marker, "PMI_RANK=1")
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if r := p.Wait(t); r.Status == 0 {
		t.Errorf("status 0 after a rank was killed\n%s", r.Stderr)
	}
	realtest.Gone(t, marker, 10*time.Second)
}

// TestOneErrorOneStatus: whatever goes wrong on all ranks is told once, and
// mpirun ends with numcomp's status, at once and without a banner of its own.
func TestOneErrorOneStatus(t *testing.T) {
	for _, c := range []struct {
		name, says string
		status     int
		args       []string
	}{
		{"usage", "--size", 2, []string{"--size", "0"}},
		{"command", `"lauch"`, 2, []string{"lauch"}},
		{"world size", "--num-workers", 2, []string{"--num-workers", "9"}},
		{"input", "missing.npy", 2, []string{"--input", "missing.npy"}},
		{"memory", "available", 1, []string{"--size", "10000000x10000000", "--items", "1"}},
		{"timeout", "--timeout", 1, []string{"--timeout", "0.5", "--size", "50x50", "--items", "8", "--iterations", "1000000"}},
	} {
		for name, way := range ways {
			t.Run(c.name+" "+name, func(t *testing.T) {
				args := append(append(way[:len(way):len(way)], program), c.args...)
				r := realtest.Run(t, realtest.Cmd{Args: mpirun(t, 4, args...)})
				if r.Status != c.status || strings.Count(r.Stderr, "numcomp: ") != 1 || !strings.Contains(r.Stderr, c.says) {
					t.Errorf("status %d, want %d and one error that names %s:\n%s", r.Status, c.status, c.says, r.Stderr)
				}
				if strings.Contains(r.Stdout+r.Stderr, "BAD TERMINATION") {
					t.Errorf("mpirun shows its banner:\n%s%s", r.Stdout, r.Stderr)
				}
			})
		}
	}
}

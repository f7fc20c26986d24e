package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

var program string

func TestMain(m *testing.M) { os.Exit(realtest.Main(m, &program)) }

func TestAnswer(t *testing.T) {
	for _, n := range []string{"1", "4"} {
		out := filepath.Join(t.TempDir(), "r.npy")
		realtest.OK(t, realtest.Cmd{Args: []string{program, "--num-workers", n,
			"--input", realtest.Data(t, "image.npy"), "--filters", realtest.Data(t, "bank.npy"), "--output", out}})
		realtest.SameAsScipy(t, out)
	}
}

// TestSameBits: no world size, schedule, chunk or distribution of the same data
// changes a bit of the results.
func TestSameBits(t *testing.T) {
	input := []string{"--input", realtest.Data(t, "image.npy"), "--filters", realtest.Data(t, "bank.npy"), "--iterations", "1", "--burns", "0", "--json", "-"}
	run := func(more ...string) string {
		args := append(append([]string{program}, input...), more...)
		return realtest.JSON(t, realtest.Cmd{Args: args}).ResultSHA256
	}
	want := run("--num-workers", "1")
	for _, more := range [][]string{
		{"--num-workers", "2"}, {"--num-workers", "3"}, {"--num-workers", "7"}, {"--num-workers", "16"},
		{"--num-workers", "3", "--schedule", "dynamic"}, {"--num-workers", "3", "--schedule", "dynamic", "--chunk", "1"},
		{"--num-workers", "3", "--distribution", "scatter"}, {"--num-workers", "3", "--distribution", "scatter", "--schedule", "dynamic"},
		{"--num-workers", "2", "--compute", "all"},
	} {
		if got := run(more...); got != want {
			t.Errorf("%v: results %s, alone %s", more, got, want)
		}
	}
}

// long is a run that does not end by itself.
func long(marker string, n int) realtest.Cmd {
	return realtest.Cmd{Env: []string{marker}, Limit: 30 * time.Second, Args: []string{program, "--num-workers", strconv.Itoa(n),
		"--size", "200x200", "--items", "16", "--iterations", "10000000"}}
}

// TestKilled: whoever of a run is killed, nothing survives.
func TestKilled(t *testing.T) {
	for _, who := range []string{"launcher", "agent", "rank 0", "rank 2"} {
		t.Run(who, func(t *testing.T) {
			marker := "NUMCOMP_TEST_MARK=local-killed-" + strings.ReplaceAll(who, " ", "-")
			p := realtest.Start(t, long(marker, 3))
			launcher := p.Cmd.Process.Pid
			victim := launcher
			switch who {
			case "launcher":
				realtest.WaitRank(t, marker, "NUMCOMP_RANK=1")
			case "agent":
				victim = parent(t, realtest.WaitRank(t, marker, "NUMCOMP_RANK=1"))
			default:
				victim = realtest.WaitRank(t, marker, "NUMCOMP_RANK="+strings.TrimPrefix(who, "rank "))
			}
			if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			r := p.Wait(t)
			if r.Status == 0 {
				t.Errorf("status 0\n%s", r.Stderr)
			}
			if strings.HasPrefix(who, "rank") && (r.Status != 128+9 || !strings.Contains(r.Stderr, who+" ") || !strings.Contains(r.Stderr, "signal 9")) {
				t.Errorf("status %d, want 137 and %s named:\n%s", r.Status, who, r.Stderr)
			}
			if strings.HasPrefix(who, "rank") && strings.Count(r.Stderr, who+" ") != 1 {
				t.Errorf("the death of %s is not told once:\n%s", who, r.Stderr)
			}
			realtest.Gone(t, marker, 5*time.Second)
		})
	}
}

func parent(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	ppid, err := strconv.Atoi(fields[1])
	if err != nil {
		t.Fatal(err)
	}
	return ppid
}

// TestInterrupt: ^C ends a run, and a second ^C ends one that does not heed the
// first.
func TestInterrupt(t *testing.T) {
	marker := "NUMCOMP_TEST_MARK=local-interrupt"
	p := realtest.Start(t, long(marker, 3))
	realtest.WaitRank(t, marker, "NUMCOMP_RANK=1")
	p.Cmd.Process.Signal(os.Interrupt)
	if r := p.Wait(t); r.Status != 128+2 {
		t.Errorf("status %d, want 130\n%s", r.Status, r.Stderr)
	}
	realtest.Gone(t, marker, 5*time.Second)

	marker = "NUMCOMP_TEST_MARK=local-interrupt-twice"
	p = realtest.Start(t, realtest.Cmd{Env: []string{marker}, Args: []string{program, "launch", "-n", "2", "--grace", "1h",
		"sh", "-c", "trap '' TERM INT; echo ready; while :; do sleep 1; done"}})
	realtest.Until(t, "both ranks ignore signals", func() bool { return strings.Count(p.Stdout(), "ready") == 2 })
	p.Cmd.Process.Signal(os.Interrupt)
	// Two that are pending at once are one.
	realtest.Until(t, "the first ^C is heard", func() bool { return strings.Contains(p.Stderr(), "a second one kills them") })
	p.Cmd.Process.Signal(os.Interrupt)
	if r := p.Wait(t); r.Status != 128+2 {
		t.Errorf("status %d, want 130\n%s", r.Status, r.Stderr)
	}
	realtest.Gone(t, marker, 5*time.Second)
}

// TestWaitsFor: while a job runs, rank 0 says after 5 s for whom it waits, and whether
// that rank is at work.
func TestWaitsFor(t *testing.T) {
	t.Run("stopped", func(t *testing.T) {
		t.Parallel() // both wait for most of their time
		marker := "NUMCOMP_TEST_MARK=local-stopped"
		p := realtest.Start(t, long(marker, 3))
		pid := realtest.WaitRank(t, marker, "NUMCOMP_RANK=2")
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		realtest.Until(t, "rank 0 names the rank that was stopped", func() bool {
			return strings.Contains(p.Stderr(), "waiting for rank 2 (host ") && strings.Contains(p.Stderr(), fmt.Sprintf(", pid %d), since ", pid)) &&
				strings.Contains(p.Stderr(), "no answer within 2s")
		})
		p.Cmd.Process.Signal(os.Interrupt)
		if r := p.Wait(t); r.Status != 128+2 {
			t.Errorf("status %d, want 130\n%s", r.Status, r.Stderr)
		}
		realtest.Gone(t, marker, 5*time.Second)
	})
	t.Run("at work", func(t *testing.T) {
		t.Parallel()
		r := realtest.OK(t, realtest.Cmd{Args: []string{program, "--num-workers", "2", "--size", "20x20", "--items", "1",
			"--work-mode", "sleep", "--work-time", "7s", "--iterations", "1", "--burns", "0"}})
		if strings.Count(r.Stderr, "waiting for rank 1 (host ") != 1 || !strings.Contains(r.Stderr, "at work (compute)") {
			t.Errorf("rank 1 alone has an item, of 7 s, and nothing is told of it, or too much:\n%s", r.Stderr)
		}
	})
}

// TestLateRank: the launcher says for which rank the others wait, after 5 s and when
// one of them gives up.
func TestLateRank(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=local-late"
	r := realtest.Run(t, realtest.Cmd{Env: []string{marker}, Args: []string{program, "launch", "-n", "3", "sh", "-c",
		"test $NUMCOMP_RANK = 2 && exec sleep 1000; exec " + program + " --start-timeout 7 --size 64x64"}})
	if r.Status != 1 {
		t.Errorf("status %d, want 1", r.Status)
	}
	for _, want := range []string{
		"2 ranks of 3 here in the PMI barrier for 5s; not there yet: rank 2\n",
		"gave up in the PMI barrier, which rank 2 had not entered\n",
	} {
		if strings.Count(r.Stderr, want) != 1 {
			t.Errorf("not once %q:\n%s", want, r.Stderr)
		}
	}
	realtest.Gone(t, marker, 10*time.Second)
}

func TestTimeout(t *testing.T) {
	const marker = "NUMCOMP_TEST_MARK=local-timeout"
	c := long(marker, 5)
	c.Args = append(c.Args, "--timeout", "1s")
	if r := realtest.Run(t, c); r.Status != 1 || strings.Count(r.Stderr, "--timeout") != 1 {
		t.Errorf("status %d, want 1 and --timeout named once\n%s", r.Status, r.Stderr)
	}
	realtest.Gone(t, marker, 5*time.Second)
}

// TestFullDisk: an output that fails half-way leaves the old file and nothing
// else, and the run says so.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "r.npy")
	if err := os.WriteFile(out, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := `ulimit -f 64; exec "$0" "$@"` // 32 KiB: the results take more
	r := realtest.Run(t, realtest.Cmd{Args: []string{"sh", "-c", script, program, "--num-workers", "2",
		"--size", "500x500", "--items", "4", "--iterations", "1", "--output", out}})
	if r.Status != 1 || !strings.Contains(r.Stderr, out) || !strings.Contains(r.Stderr, "file too large") {
		t.Errorf("status %d, want 1 and the file named\n%s", r.Status, r.Stderr)
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "old" {
		t.Errorf("the old file holds %q, %v", got, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFullOutputDir: ranks whose output does not fit are told of, though they do not
// fail themselves; where it fits, nothing is.
func TestFullOutputDir(t *testing.T) {
	realtest.NeedRoot(t, "a small disk is mounted")
	realtest.Need(t, "unshare", "util-linux")
	const full = "no space is left on the disk of "
	for size, told := range map[int]int{1000: 0, 100000: 1} {
		script := fmt.Sprintf("mount -t tmpfs -o size=64k none %s && exec %s launch -n 2 --output-dir %[1]s sh -c 'head -c %[3]d /dev/zero; true'", t.TempDir(), program, size)
		r := realtest.OK(t, realtest.Cmd{Args: []string{"unshare", "-m", "sh", "-c", script}})
		if strings.Count(r.Stderr, full) != told {
			t.Errorf("%d bytes a rank: want %q %d times in %q", size, full, told, r.Stderr)
		}
	}
}

// TestManyRanks: a world with two levels of the control tree.
func TestManyRanks(t *testing.T) {
	got := realtest.JSON(t, realtest.Cmd{Limit: 2 * time.Minute, Args: []string{program, "--num-workers", "100",
		"--size", "64x64", "--items", "200", "--iterations", "2", "--schedule", "dynamic", "--json", "-"}})
	if got.World.Size != 100 || got.World.Nodes != 1 || got.World.Launcher != "numcomp" || got.World.Engine != "tcp" {
		t.Errorf("world %+v", got.World)
	}
	if len(got.Iterations) != 4 || !got.Iterations[0].Burn || got.Iterations[3].Burn {
		t.Errorf("iterations %+v", got.Iterations)
	}
}

// TestTerminal: on a terminal there is a progress bar while it runs, and none is
// left; elsewhere there is none.
func TestTerminal(t *testing.T) {
	realtest.Need(t, "script", "bsdutils")
	typescript := filepath.Join(t.TempDir(), "typescript")
	command := program + " --num-workers 2 --size 300x300 --items 20 --iterations 2 --work-time 0.02"
	realtest.OK(t, realtest.Cmd{Args: []string{"script", "-qec", command, typescript}, Env: []string{"TERM=xterm"}})
	seen, err := os.ReadFile(typescript)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(seen), "items") || !strings.Contains(string(seen), "%") || !strings.Contains(string(seen), "\x1b[") {
		t.Errorf("no progress bar on a terminal:\n%q", seen)
	}
	r := realtest.OK(t, realtest.Cmd{Args: strings.Fields(command)})
	if strings.ContainsAny(r.Stdout+r.Stderr, "\r\x1b") {
		t.Errorf("control characters in a pipe:\n%q", r.Stdout+r.Stderr)
	}
}

// TestStaticBinary: the default build needs no shared library.
func TestStaticBinary(t *testing.T) {
	out, _ := exec.Command("ldd", program).CombinedOutput()
	if !strings.Contains(string(out), "not a dynamic executable") {
		t.Errorf("ldd: %s", out)
	}
}

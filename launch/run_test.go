package launch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/hostfile"
)

func TestRunEnvironment(t *testing.T) {
	names := []string{"NUMCOMP_RANK", "NUMCOMP_SIZE", "NUMCOMP_LOCAL_RANK", "NUMCOMP_LOCAL_SIZE", "NUMCOMP_NODE", "NUMCOMP_NODES", "PMI_FD", "PMI_RANK",
		"PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", "GOMAXPROCS", "OMPI_COMM_WORLD_RANK", "SLURM_STEP_ID", "OMPI_MCA_btl", "HELLO"}
	// What an outer launcher left must not reach the ranks.
	outer := func(s *Spec) {
		s.Env = append(s.Env, "OMPI_COMM_WORLD_RANK=9", "SLURM_STEP_ID=0", "NUMCOMP_SIZE=77", "OMPI_MCA_btl=tcp", "HELLO=first", "HELLO=last")
	}
	r, s, err := run(t, 3, append([]string{"env"}, names...), outer)
	if err != nil || s.Code != 0 || s.Started <= 0 {
		t.Fatalf("%+v, %v\n%s", s, err, r.err)
	}
	got := strings.Split(strings.TrimSpace(r.out.String()), "\n")
	slices.Sort(got)
	procs, ok := os.LookupEnv("GOMAXPROCS") // the user's word, if there is one
	if !ok {
		procs = strconv.Itoa(Share(cpus(), 3))
	}
	for i, line := range got {
		want := fmt.Sprintf("%d: NUMCOMP_RANK=%d NUMCOMP_SIZE=3 NUMCOMP_LOCAL_RANK=%d NUMCOMP_LOCAL_SIZE=3 NUMCOMP_NODE=0 NUMCOMP_NODES=1 PMI_FD=3 PMI_RANK=%d "+
			"PMI_SIZE=3 MPI_LOCALRANKID=%d MPI_LOCALNRANKS=3 GOMAXPROCS=%s OMPI_COMM_WORLD_RANK- SLURM_STEP_ID- OMPI_MCA_btl=tcp HELLO=last",
			i, i, i, i, i, procs)
		if line != want {
			t.Errorf("%s\nwant %s", line, want)
		}
	}
}

// TestRunIsDetected: a rank's environment is one that Detect knows.
func TestRunIsDetected(t *testing.T) {
	p := &plan{Job: "nc-1", Size: 5, Node: 1, Nodes: 2, Ranks: []int{2, 4}, Env: []string{"PATH=/bin", "PMI_RANK=8", "GOMAXPROCS=3"}}
	e := captured{values: map[string]string{}, sockets: []int{3}}
	env := newRankEnv(p, 8).of(1, 0)
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		e.values[name] = value
	}
	got, err := Detect(e.get, e.isSocket)
	want := place(Numcomp)
	want.Rank, want.Size, want.LocalRank, want.LocalSize, want.Node, want.Nodes = 4, 5, 1, 2, 1, 2
	want.NodeID, want.JobID, want.PMI.FD = "nc-1.1", "nc-1", 3
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if e.values["GOMAXPROCS"] != "3" {
		t.Errorf("GOMAXPROCS=%s although the user set 3", e.values["GOMAXPROCS"])
	}
}

func TestRunStatus(t *testing.T) {
	for _, c := range []struct {
		do   []string
		code int
		text string // of the error, after its host
	}{
		{[]string{"exit-only", "0", "0"}, 0, ""},
		{[]string{"exit-only", "2", "5"}, 5, "exited with status 5"},
		{[]string{"exit", "1", "3"}, 3, "exited with status 3"},
		{[]string{"exit", "0", "255"}, 255, "exited with status 255"},
		{[]string{"kill", "2", "1"}, 129, "was killed by signal 1 (hangup)"},
		{[]string{"kill", "1", "15"}, 143, "was killed by signal 15 (terminated)"},
	} {
		r, s, err := run(t, 3, c.do)
		switch {
		case s.Code != c.code:
			t.Errorf("%v: status %d, %v; want %d\n%s", c.do, s.Code, err, c.code, r.err)
		case c.code == 0 && err != nil:
			t.Errorf("%v: %v", c.do, err)
		case c.code != 0:
			var re *RankError
			if !errors.As(err, &re) || strconv.Itoa(re.Rank) != c.do[1] || re.PID == 0 || !strings.HasSuffix(err.Error(), ") "+c.text) {
				t.Errorf("%v: %v; want %s", c.do, err, c.text)
			}
		}
	}
}

// TestRunKilled: kill -9 of a rank ends the others and says what may have been.
func TestRunKilled(t *testing.T) {
	_, s, err := run(t, 4, []string{"kill", "3", "9"})
	var re *RankError
	if s.Code != 137 || !errors.As(err, &re) || re.Rank != 3 || !strings.Contains(err.Error(), "was killed by signal 9 (killed): ") {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestRunStubborn: who ignores SIGTERM is killed after the grace.
func TestRunStubborn(t *testing.T) {
	r := start(t, 2, []string{"stubborn"}, func(s *Spec) { s.Grace = 50 * time.Millisecond })
	r.out.await(t, "ready", 2)
	r.signals <- syscall.SIGTERM
	s, err := r.wait()
	var ee *EndedError
	if s.Code != 143 || !errors.As(err, &ee) || err.Error() != "the job was ended by SIGTERM" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRunInterruptedOnce(t *testing.T) {
	r := start(t, 3, []string{"polite"})
	r.out.await(t, "ready", 3)
	r.signals <- os.Interrupt
	s, err := r.wait()
	if s.Code != 130 || err == nil || err.Error() != "the job was ended by SIGINT" || strings.Count(r.out.String(), ": got terminated") != 3 {
		t.Errorf("%+v, %v\n%s", s, err, r.out)
	}
}

// TestRunInterruptedTwice: the second time nobody is waited for, however long
// the grace.
func TestRunInterruptedTwice(t *testing.T) {
	r := start(t, 3, []string{"stubborn"}, func(s *Spec) { s.Grace = time.Hour })
	r.out.await(t, "ready", 3)
	r.signals <- os.Interrupt
	r.signals <- os.Interrupt
	if s, err := r.wait(); s.Code != 130 || err == nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRunOtherSignals(t *testing.T) {
	r := start(t, 2, []string{"polite"})
	r.out.await(t, "ready", 2)
	r.signals <- syscall.SIGUSR1
	r.out.await(t, ": got user defined signal 1", 2)
	r.signals <- syscall.SIGTERM
	if s, _ := r.wait(); s.Code != 143 {
		t.Errorf("%+v", s)
	}
}

func TestRunTimeout(t *testing.T) {
	_, s, err := run(t, 2, []string{"wait"}, func(s *Spec) { s.Timeout = 200 * time.Millisecond })
	if s.Code != StatusTimeout || err == nil || err.Error() != "the job was ended after its timeout of 200ms" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRunContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	out := newBuffer()
	done := make(chan result, 1)
	mark := t.Name() + strconv.Itoa(os.Getpid())
	go func() {
		s, err := Run(ctx, Spec{Agent: []string{self(t), asAgent}, Argv: []string{self(t), asRank, "wait"}, N: 2, Env: append(os.Environ(), marker+"="+mark, quickExit), Stdout: out})
		done <- result{s, err}
	}()
	out.await(t, "ready", 2)
	cancel(cause)
	if x := <-done; x.status.Code != 1 || !errors.Is(x.err, cause) {
		t.Errorf("%+v", x)
	}
	if left := marked(t, mark); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestRunCannotStart(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("echo hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	noline := filepath.Join(dir, "noline")
	if err := os.WriteFile(noline, []byte("echo hello\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*Spec)
		code   int
		want   string
	}{
		{func(s *Spec) { s.Argv = []string{"no-such-program"} }, 127, "there is no program no-such-program in PATH="},
		{func(s *Spec) { s.Argv = []string{"./no/such"} }, 127, "there is no program "},
		{func(s *Spec) { s.Argv = []string{plain} }, 126, plain + " cannot be run: permission denied"},
		{func(s *Spec) { s.Argv = []string{dir} }, 126, dir + " cannot be run: is a directory"},
		{func(s *Spec) { s.Argv = []string{noline} }, 126, "it is for another machine, or a script without a #! line"},
		{func(s *Spec) { s.Argv = []string{"plain"}; s.Env = append(s.Env, "PATH="+dir) }, 126, plain + " may not be run: it is not executable"},
		{func(s *Spec) { s.Argv = []string{"noline"}; s.Wdir = dir }, 127, "; for the one in the working directory say ./noline"},
		{func(s *Spec) { s.Wdir = filepath.Join(dir, "missing") }, 1, "working directory: stat " + filepath.Join(dir, "missing") + ": no such file or directory"},
		{func(s *Spec) { s.Wdir = plain }, 1, "working directory: not a directory"},
		{func(s *Spec) { s.OutputDir = plain }, 1, "output directory: mkdir " + plain + ": not a directory"},
		{func(s *Spec) { s.Hosts = []hostfile.Host{{Name: "elsewhere.example"}} }, 1, "launch: host elsewhere.example is not this machine"},
		{func(s *Spec) { s.Agent = []string{filepath.Join(dir, "missing")} }, 1, "launch: agent on host localhost: fork/exec "},
		{func(s *Spec) { s.Agent = []string{"/bin/echo", "Welcome to node1"} }, 1, `it ended after "Welcome to node1", not as an agent does`},
		{func(s *Spec) { s.Agent = []string{"/bin/sh", "-c", "echo no such luck >&2; exit 3"} }, 1, "; it said: no such luck"},
		{func(s *Spec) { s.N = 3; s.PerNode = 2 }, 1, "launch: 3 ranks do not fit on 1 nodes with at most 2 on each: at most 2 do"},
		{func(s *Spec) { s.N = -1 }, 1, "launch: -1 ranks: 1 to "},
		{func(s *Spec) { s.Argv = nil }, 1, "launch: no program to run"},
	} {
		_, s, err := run(t, 2, []string{"wait"}, c.change)
		if s.Code != c.code || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("status %d, %v; want %d, %s", s.Code, err, c.code, c.want)
		}
	}
}

// TestRunWithoutN: as many ranks as there are slots, or CPUs.
func TestRunWithoutN(t *testing.T) {
	r, s, err := run(t, 0, []string{"env", "NUMCOMP_SIZE"})
	if err != nil || s.Code != 0 || strings.Count(r.out.String(), "NUMCOMP_SIZE="+strconv.Itoa(cpus())+"\n") != cpus() {
		t.Errorf("%+v, %v\n%s", s, err, r.out)
	}
	r, s, err = run(t, 0, []string{"env", "NUMCOMP_SIZE"}, func(s *Spec) { s.Hosts = []hostfile.Host{{Name: "127.0.0.1", Slots: 5}} })
	if err != nil || s.Code != 0 || strings.Count(r.out.String(), "NUMCOMP_SIZE=5\n") != 5 {
		t.Errorf("%+v, %v\n%s", s, err, r.out)
	}
}

// TestRunSeveralAgents: hosts of two names, which both are this machine, have an
// agent each, and the barrier joins them.
func TestRunSeveralAgents(t *testing.T) {
	two := func(s *Spec) { s.Hosts = []hostfile.Host{{Name: "localhost", Slots: 2}, {Name: "127.0.0.1", Slots: 1}} }
	r, s, err := run(t, 3, []string{"env", "NUMCOMP_RANK", "NUMCOMP_NODE", "NUMCOMP_NODES", "NUMCOMP_LOCAL_RANK"}, two)
	if err != nil || s.Code != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, want := range []string{"0: NUMCOMP_RANK=0 NUMCOMP_NODE=0 NUMCOMP_NODES=2 NUMCOMP_LOCAL_RANK=0\n", "1: NUMCOMP_RANK=1 NUMCOMP_NODE=0 NUMCOMP_NODES=2 NUMCOMP_LOCAL_RANK=1\n",
		"2: NUMCOMP_RANK=2 NUMCOMP_NODE=1 NUMCOMP_NODES=2 NUMCOMP_LOCAL_RANK=0\n"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("no %q in %q", want, r.out)
		}
	}
	r, s, err = run(t, 3, []string{"exit", "2", "4"}, two)
	if s.Code != 4 || err == nil {
		t.Errorf("%+v, %v\n%s", s, err, r.err)
	}
	// Fewer ranks than hosts: the second agent has nothing to do.
	if _, s, err = run(t, 1, []string{"exit-only", "0", "0"}, two); s.Code != 0 || err != nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRunWdir(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r, s, err := run(t, 1, nil, func(s *Spec) { s.Argv = []string{"pwd"}; s.Wdir = dir })
	if err != nil || s.Code != 0 || r.out.String() != dir+"\n" {
		t.Errorf("%+v, %v: %q", s, err, r.out)
	}
}

func TestExport(t *testing.T) {
	got, err := Export([]string{"A=1", "B=2"}, []string{"A", "C=3=x", "D="})
	if want := []string{"A=1", "B=2", "C=3=x", "D="}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", "=1", "MISSING"} {
		if _, err := Export(nil, []string{bad}); err == nil {
			t.Errorf("-x %q was taken", bad)
		}
	}
}

// TestRunMany: a wide job starts and ends cleanly.
func TestRunMany(t *testing.T) {
	const n = 64
	r, s, err := run(t, n, nil, func(s *Spec) { s.Argv = []string{"/bin/sh", "-c", "echo $NUMCOMP_RANK"} })
	got := strings.Fields(r.out.String())
	if err != nil || s.Code != 0 || len(got) != n {
		t.Fatalf("%+v, %v: %d lines", s, err, len(got))
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != n {
		t.Errorf("ranks repeat: %v", got)
	}
}

func BenchmarkRun128(b *testing.B) {
	for b.Loop() {
		s, err := Run(context.Background(), Spec{Agent: []string{self(b), asAgent}, Argv: []string{"/bin/true"}, N: 128, Env: os.Environ(), Stdout: io.Discard})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(s.Started.Seconds(), "s-to-start")
	}
	b.ReportMetric(float64(runtime.NumCPU()), "CPUs")
}

func TestTail(t *testing.T) {
	var l tail
	l.Write(bytes.Repeat([]byte("a"), 5000))
	l.Write([]byte("end"))
	if s := l.String(); len(s) != maxTail || !strings.HasSuffix(s, "aend") {
		t.Errorf("%d bytes", len(s))
	}
}

package launch

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// awaitNone waits until no process with the marker is left.
func awaitNone(t *testing.T, mark string) {
	t.Helper()
	for deadline := time.Now().Add(watchdog); ; {
		left := marked(t, mark)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes are left: %v", left)
		}
		waitFor(left[0])
	}
}

// waitFor waits a while for the end of the process that a line of marked names.
func waitFor(line string) {
	pid, _ := strconv.Atoi(strings.Fields(line)[0])
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 1000)
}

// Ranks as they are in life: a wrapper script, its program, and what that leaves
// running in sessions of its own.
const wrapper = `
sleep 1000 &
setsid sleep 1000 &
(setsid sh -c 'trap "" TERM; setsid sleep 1000 & sleep 1000' &)
echo ready
wait
`

// TestKilledLauncher: after a kill -9 of the launcher nothing of its job is left.
func TestKilledLauncher(t *testing.T) {
	for _, program := range [][]string{{self(t), asRank, "stubborn"}, {"/bin/sh", "-c", wrapper}} {
		mark := t.Name() + strconv.Itoa(os.Getpid())
		const n = 3
		cmd := exec.Command(self(t), append([]string{asLauncher, strconv.Itoa(n)}, program...)...)
		cmd.Env = append(os.Environ(), marker+"="+mark, quickExit)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for s, i := bufio.NewScanner(out), 0; i < n && s.Scan(); i++ {
			if s.Text() != "ready" {
				t.Errorf("%q", s.Text())
			}
		}
		if len(marked(t, mark)) < n+2 {
			t.Errorf("only %v run", marked(t, mark))
		}
		cmd.Process.Kill()
		cmd.Wait()
		awaitNone(t, mark)
	}
}

// TestKilledAgent: ranks die with their agent, and what they have started too;
// the launcher says what happened.
func TestKilledAgent(t *testing.T) {
	for _, program := range [][]string{{self(t), asRank, "stubborn"}, {"/bin/sh", "-c", wrapper}} {
		r := start(t, 3, nil, func(s *Spec) { s.Argv = program })
		r.out.await(t, "ready", 3)
		agent := 0
		for _, line := range marked(t, r.mark) {
			if strings.Contains(line, asAgent) {
				agent, _ = strconv.Atoi(strings.Fields(line)[0])
			}
		}
		if agent == 0 {
			t.Fatalf("no agent among %v", marked(t, r.mark))
		}
		syscall.Kill(agent, syscall.SIGKILL)
		s, err := r.wait()
		var ae *AgentError
		if s.Code != 1 || !errors.As(err, &ae) || ae.PID != agent || !strings.Contains(err.Error(), "signal: killed") {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

// TestLeftovers: what ranks leave running is ended when the last rank has gone.
func TestLeftovers(t *testing.T) {
	for _, script := range []string{
		"sleep 1000 & exit 0",
		"setsid sleep 1000 & exit 0",
		"(setsid sh -c 'trap \"\" TERM; sleep 1000' &) ; exit 0", // SIGTERM is not enough
	} {
		r, s, err := run(t, 2, nil, func(s *Spec) {
			s.Argv = []string{"/bin/sh", "-c", "echo ready;" + script}
			s.Grace = 200 * time.Millisecond
		})
		if err != nil || s.Code != 0 || strings.Count(r.out.String(), "ready") != 2 {
			t.Errorf("%s: %+v, %v", script, s, err)
		}
	}
}

// TestKilledRankWithChildren: the others' children go as well.
func TestKilledRankWithChildren(t *testing.T) {
	r := start(t, 2, nil, func(s *Spec) {
		s.Argv = []string{"/bin/sh", "-c", "echo $$;" + wrapper}
		s.Grace = 200 * time.Millisecond
	})
	r.out.await(t, "ready", 2)
	var pid int
	fmt.Sscan(r.out.String(), &pid)
	syscall.Kill(pid, syscall.SIGKILL)
	s, err := r.wait()
	var re *RankError
	if s.Code != 137 || !errors.As(err, &re) || re.PID != pid {
		t.Errorf("%+v, %v; killed %d", s, err, pid)
	}
}

// TestFirstFailureIsReported: the ranks that fail because the first did are not blamed.
func TestFirstFailureIsReported(t *testing.T) {
	const n = 12
	r := start(t, n, nil, func(s *Spec) {
		// Each rank fails when told to end.
		s.Argv = []string{"/bin/sh", "-c", "trap 'exit 9' TERM; echo ready $NUMCOMP_RANK; [ $NUMCOMP_RANK = 7 ] && exit 3; while :; do sleep 0.05; done"}
	})
	s, err := r.wait()
	var re *RankError
	if s.Code != 3 || !errors.As(err, &re) || re.Rank != 7 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestDescendants finds a child and its child.
func TestDescendants(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "sleep 1000 & echo $!; wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	}()
	var grandchild int
	if _, err := fmt.Fscan(out, &grandchild); err != nil {
		t.Fatal(err)
	}
	found, err := descendants(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	at := map[int]int{}
	for i, p := range found {
		at[p.pid] = i + 1
	}
	if at[cmd.Process.Pid] == 0 || at[grandchild] <= at[cmd.Process.Pid] {
		t.Errorf("%d and its child %d in %+v", cmd.Process.Pid, grandchild, found)
	}
	if p := found[at[grandchild]-1]; p.group != cmd.Process.Pid || p.parent != cmd.Process.Pid || p.name != "sleep" && p.name != "sh" {
		t.Errorf("%+v", p)
	}
}

func TestParseStat(t *testing.T) {
	p, ok := parseStat(7, []byte("7 (a) b) (c) S 3 5 5 0 -1\n"))
	if !ok || p != (process{7, 3, 5, 'S', "a) b) (c"}) {
		t.Errorf("%+v, %v", p, ok)
	}
	for _, bad := range []string{"", "7 (a", "7 (a) S", "7 (a) S x y", ")("} {
		if p, ok := parseStat(7, []byte(bad)); ok {
			t.Errorf("%q was taken: %+v", bad, p)
		}
	}
}

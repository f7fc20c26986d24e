package realtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Main builds numcomp into a temporary folder, runs the tests with its path, and
// returns their status. A suite calls it from TestMain.
func Main(m *testing.M, program *string) (status int) {
	dir, err := os.MkdirTemp("", "numcomp-real-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	*program = filepath.Join(dir, "numcomp")
	build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", *program, "numcomp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Without skips the test, for want of what it says. With CI set to true that is a
// failure: no suite looks green by not running.
func Without(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Need is Without when a command is missing, and says how to get it.
func Need(t *testing.T, command, debianPackage string) {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil {
		Without(t, "%s is not installed (Debian package %s)", command, debianPackage)
	}
}

// Data is the path of a file of this package's testdata, from another suite's
// folder two levels below internal.
func Data(t *testing.T, name string) string {
	t.Helper()
	p, err := filepath.Abs(filepath.Join("..", "realtest", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p); err != nil {
		t.Fatal(err)
	}
	return p
}

// Result is what a command did.
type Result struct {
	Stdout, Stderr string
	Status         int
	Took           time.Duration
}

// Cmd describes a run.
type Cmd struct {
	Dir   string
	Env   []string // added to the test's own
	Stdin string
	Args  []string
	Limit time.Duration // 60 s when zero
	In    *Namespace    // this machine when nil
}

// Run runs the command to its end and returns what it did. The command has a
// process group of its own, which is killed when the limit passes; that fails
// the test.
func Run(t *testing.T, c Cmd) Result {
	t.Helper()
	p := Start(t, c)
	return p.Wait(t)
}

// Process is a command under way.
type Process struct {
	Cmd      *exec.Cmd
	out, err output
	cancel   context.CancelFunc
	ctx      context.Context
	began    time.Time
	waited   bool
}

// Stdout and Stderr are what the command has written so far.
func (p *Process) Stdout() string { return p.out.String() }
func (p *Process) Stderr() string { return p.err.String() }

// output collects what a command writes while others read it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Start starts the command; the test's end kills what is left of its group.
func Start(t *testing.T, c Cmd) *Process {
	t.Helper()
	if c.Limit == 0 {
		c.Limit = time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Limit)
	p := &Process{ctx: ctx, cancel: cancel, began: time.Now()}
	p.Cmd = exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	p.Cmd.Dir = c.Dir
	p.Cmd.Env = append(os.Environ(), c.Env...)
	p.Cmd.Stdin = strings.NewReader(c.Stdin)
	p.Cmd.Stdout, p.Cmd.Stderr = &p.out, &p.err
	p.Cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A launcher whose ranks have process groups of their own ends them when it is
	// asked to end, not when it is killed.
	p.Cmd.Cancel = func() error { return syscall.Kill(-p.Cmd.Process.Pid, syscall.SIGTERM) }
	p.Cmd.WaitDelay = 10 * time.Second
	start := p.Cmd.Start
	if c.In != nil {
		start = func() error { return c.In.Start(p.Cmd) }
	}
	if err := start(); err != nil {
		cancel()
		t.Fatalf("%s: %v", strings.Join(c.Args, " "), err)
	}
	t.Cleanup(func() {
		cancel()
		if !p.waited {
			p.Cmd.Wait()
		}
		syscall.Kill(-p.Cmd.Process.Pid, syscall.SIGKILL)
	})
	return p
}

// Wait waits for the command's end.
func (p *Process) Wait(t *testing.T) Result {
	t.Helper()
	err := p.Cmd.Wait()
	p.waited = true
	r := Result{Stdout: p.out.String(), Stderr: p.err.String(), Status: p.Cmd.ProcessState.ExitCode(), Took: time.Since(p.began)}
	if p.ctx.Err() != nil {
		t.Fatalf("%s did not end in time\nstdout:\n%s\nstderr:\n%s", strings.Join(p.Cmd.Args, " "), r.Stdout, r.Stderr)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v\nstderr:\n%s", strings.Join(p.Cmd.Args, " "), err, r.Stderr)
	}
	return r
}

// OK runs the command and fails the test unless it ends with status 0.
func OK(t *testing.T, c Cmd) Result {
	t.Helper()
	r := Run(t, c)
	if r.Status != 0 {
		t.Fatalf("%s: status %d\nstdout:\n%s\nstderr:\n%s", strings.Join(c.Args, " "), r.Status, r.Stdout, r.Stderr)
	}
	return r
}

// Survivors lists processes, as "pid command line", whose environment holds
// marker: what a run that had it left behind.
func Survivors(t *testing.T, marker string) []string {
	t.Helper()
	envs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, env := range envs {
		raw, err := os.ReadFile(env)
		if err != nil || !bytes.Contains(raw, []byte(marker)) {
			continue
		}
		dir := filepath.Dir(env)
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		if len(line) == 0 {
			continue // ended already, not yet reaped
		}
		left = append(left, filepath.Base(dir)+" "+strings.ReplaceAll(string(line), "\x00", " "))
	}
	return left
}

// Gone waits until no process has marker in its environment, and fails the test
// if some still do when the limit has passed.
func Gone(t *testing.T, marker string, limit time.Duration) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); ; <-tick.C {
		left := Survivors(t, marker)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still there after %v:\n%s", limit, strings.Join(left, "\n"))
		}
	}
}

// Until waits until cond holds, and fails the test, naming what it waited for,
// if that takes more than 30 s.
func Until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); !cond(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s until %s", what)
		}
	}
}

// WaitRank waits for the numcomp process that has both marker and rank (such as
// "PMI_RANK=1") in its environment and has begun to talk to another rank, and
// returns its process id.
func WaitRank(t *testing.T, marker, rank string) (pid int) {
	t.Helper()
	Until(t, "a rank with "+marker+" and "+rank+" is up", func() bool {
		for _, s := range Survivors(t, marker) {
			if _, err := fmt.Sscan(s, &pid); err != nil {
				t.Fatal(err)
			}
			env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
			if bytes.Contains(append([]byte{0}, env...), []byte("\x00"+rank+"\x00")) && (Sockets(pid) >= 3 || mailboxes(pid) >= 2) {
				return true
			}
		}
		return false
	})
	return pid
}

// mailboxes counts the ranks' mailboxes that a process has mapped, its own too.
func mailboxes(pid int) int {
	maps, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	return bytes.Count(maps, []byte("memfd:numcomp-mailbox"))
}

// Sockets counts the sockets that a process has open: a listener, a control link
// and a data connection make three.
func Sockets(pid int) (n int) {
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// ListenAddrs are the loopback addresses, but for except, at which a process
// listens by TCP over IPv4 (or over both, which /proc lists under IPv6).
func ListenAddrs(t *testing.T, pid int, except string) (addrs []string) {
	t.Helper()
	inodes := map[string]bool{}
	links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, "socket:[") {
			inodes[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	const listening = "0A"
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(text), "\n") {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != listening || !inodes[f[9]] {
				continue
			}
			_, hex, _ := strings.Cut(f[1], ":")
			port, err := strconv.ParseUint(hex, 16, 16)
			if err != nil {
				t.Fatal(err)
			}
			if addr := fmt.Sprintf("127.0.0.1:%d", port); addr != except {
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs
}

// OtherBuild builds numcomp once more, so that its build id differs.
func OtherBuild(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "numcomp-other")
	build := exec.Command("go", "build", "-gcflags=numcomp/...=-N", "-o", path, "numcomp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

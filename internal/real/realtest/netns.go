package realtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// NeedRoot is Without unless the test runs as root.
func NeedRoot(t *testing.T, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		Without(t, "root is needed: %s", why)
	}
}

// Namespace is a network, a set of processes, mounts and a host name apart from
// this machine's: a machine of its own but for its files. It needs root.
//
// It has no name that could be left behind: its first process keeps it, and when
// that ends, by Close or because the process that made it has died in whatever
// way, the kernel ends all its processes, and with them its network and mounts.
type Namespace struct {
	keeper *exec.Cmd
	hold   io.Closer
}

// keeperScript is the first process. bash reaps what is orphaned to it.
const keeperScript = `set -eu
mount --make-rprivate /
mount -t proc proc /proc
hostname "$1"
ip link set lo up
eval "$2"
echo ready
trap '' INT TERM HUP
read -r _ || true
kill -9 -1 2>/dev/null || true
eval "$3"
`

// NewNamespace makes a namespace whose host name is name, with loopback up. It
// has run the shell's commands in setup in it when it returns; those in cleanup
// run, in it too, when it ends and its other processes are gone (unless its
// first process is killed).
func NewNamespace(name, setup, cleanup string) (*Namespace, error) {
	n := &Namespace{keeper: exec.Command("bash", "-c", keeperScript, "keeper", name, setup, cleanup)}
	n.keeper.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
		Setpgid:    true, // a terminal's ^C is not for it
	}
	var stderr strings.Builder
	n.keeper.Stderr = &stderr
	in, err := n.keeper.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := n.keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := n.keeper.Start(); err != nil {
		return nil, fmt.Errorf("namespace %s: %w", name, err)
	}
	n.hold = in
	for lines := bufio.NewScanner(out); ; {
		if !lines.Scan() {
			err := n.Close()
			return nil, fmt.Errorf("namespace %s: set-up failed: %w\n%s", name, err, stderr.String())
		}
		if lines.Text() == "ready" {
			return n, nil
		}
	}
}

// OpenNamespace is NewNamespace for one test, whose end closes it.
func OpenNamespace(t *testing.T, name, setup, cleanup string) *Namespace {
	t.Helper()
	NeedRoot(t, "namespaces")
	n, err := NewNamespace(name, setup, cleanup)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// PID is the first process's id, as seen from outside: `ip link set LINK netns
// PID` moves a link in.
func (n *Namespace) PID() int { return n.keeper.Process.Pid }

// Close ends every process in the namespace, and so the namespace. The kernel
// keeps it until what Start started has been waited for: Close waits for that too.
func (n *Namespace) Close() error {
	n.hold.Close()
	if err := n.keeper.Wait(); err != nil {
		return fmt.Errorf("the first process of a namespace: %w", err)
	}
	return nil
}

// Start starts cmd, as its method Start does, in the namespace. Its process is a
// child of this one, with the id that it has outside.
func (n *Namespace) Start(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		// Only this thread enters, and since it stays locked it ends with the
		// goroutine; no other goroutine ever runs in the namespace.
		runtime.LockOSThread()
		started <- n.enterAndStart(cmd)
	}()
	return <-started
}

func (n *Namespace) enterAndStart(cmd *exec.Cmd) error {
	// Threads share their root and working folder, which a mount namespace
	// changes; this one gets its own.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	pidfd, err := unix.PidfdOpen(n.PID(), 0)
	if err != nil {
		return fmt.Errorf("the namespace's first process: %w", err)
	}
	defer unix.Close(pidfd)
	dir, err := os.Getwd() // entering mounts goes to their root
	if err != nil {
		return err
	}
	if err := unix.Setns(pidfd, unix.CLONE_NEWNET|unix.CLONE_NEWPID|unix.CLONE_NEWNS|unix.CLONE_NEWUTS); err != nil {
		return fmt.Errorf("enter the namespace: %w", err)
	}
	if cmd.Dir == "" {
		cmd.Dir = dir
	}
	return cmd.Start()
}

// Output runs a command in the namespace and returns its standard output. Its
// error holds what the command wrote to standard error.
func (n *Namespace) Output(cmd *exec.Cmd) (string, error) {
	var out, text strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &text
	err := n.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, errors.New(strings.TrimSpace(text.String())))
	}
	return out.String(), nil
}

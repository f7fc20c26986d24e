package launch

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// afterExit bounds how long an agent's standard error is read after its end.
const afterExit = 2 * time.Second

// startLocal starts an agent on this machine, in a process group of its own:
// what a terminal sends to ours must not reach it.
func startLocal(argv, env []string) (*agentProcess, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p, err := pipes(cmd)
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.pid = cmd.Process.Pid
	p.kill = func() { cmd.Process.Kill() }
	return p, nil
}

// isThisMachine says whether ranks on a host of this name can be started here
// without further help. No resolver is asked.
func isThisMachine(name string) bool {
	if name == "localhost" {
		return true
	}
	if a, err := netip.ParseAddr(name); err == nil {
		if a.IsLoopback() {
			return true
		}
		own, err := net.InterfaceAddrs()
		if err != nil {
			return false
		}
		for _, o := range own {
			if p, err := netip.ParsePrefix(o.String()); err == nil && p.Addr() == a.Unmap() {
				return true
			}
		}
		return false
	}
	host, err := os.Hostname()
	if err != nil {
		return false
	}
	// One may be the short form of the other.
	return name == host || strings.HasPrefix(name, host+".") || strings.HasPrefix(host, name+".")
}

// tail keeps the last that was written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const maxTail = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if n := len(t.b) - maxTail; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

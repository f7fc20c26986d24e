package launch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/hostfile"
)

// fakeSSH stands in for ssh: each host is a folder of root with a home of its
// own. down-* hosts are refused, and hang-* never answer.
const fakeSSH = `#!/bin/sh
while test "$1" != "--"; do shift; done
host=$2; shift 2
case $host in
down-*) echo "ssh: connect to host $host port 22: Connection refused" >&2; exit 255;;
hang-*) exec sleep 1000;;
killed-*) kill -KILL $$;;
changed-*) printf '@@@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nOffending ED25519 key in /home/u/.ssh/known_hosts:7\n  remove with:\n  ssh-keygen -f "/home/u/.ssh/known_hosts" -R "%s"\nHost key verification failed.\n' $host >&2; exit 255;;
noisy-*) echo "Welcome to $host!"; echo "no newline at the end of the greeting is too bad";;
esac
mkdir -p "$ROOT/$host"
export HOME="$ROOT/$host" XDG_CACHE_HOME=
cd "$HOME"
exec sh -c "$*"
`

// hosts changes a spec to run on other hosts, by the fake ssh.
func hosts(t *testing.T, root string, fanOut int, names ...string) func(*Spec) {
	t.Helper()
	bin := filepath.Join(root, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte(fakeSSH), 0o755); err != nil {
		t.Fatal(err)
	}
	return func(s *Spec) {
		s.Relay = []string{self(t), asRelay}
		s.FanOut = fanOut
		s.Starter = "ssh"
		s.Env = append(s.Env, "ROOT="+root, "PATH="+bin+":"+os.Getenv("PATH"))
		s.Exports = []string{"ROOT", "PATH"}
		for _, n := range names {
			s.Hosts = append(s.Hosts, hostfile.Host{Name: n, Slots: 2})
		}
	}
}

func numbered(n int) (names []string) {
	for i := range n {
		names = append(names, "h"+strconv.Itoa(i))
	}
	return names
}

// TestOtherHosts: ranks are where they were placed, whatever the tree's shape.
func TestOtherHosts(t *testing.T) {
	for _, fanOut := range []int{1, 2, 32} {
		const n = 5
		r, s, err := run(t, 2*n, []string{"env", "NUMCOMP_NODE", "NUMCOMP_NODES", "NUMCOMP_LOCAL_RANK", "HOME"},
			hosts(t, t.TempDir(), fanOut, numbered(n)...))
		if err != nil || s.Code != 0 {
			t.Fatalf("fan-out %d: %+v, %v", fanOut, s, err)
		}
		lines := strings.Split(strings.TrimSpace(r.out.String()), "\n")
		if len(lines) != 2*n {
			t.Fatalf("fan-out %d: %q", fanOut, lines)
		}
		for rank := range 2 * n {
			want := fmt.Sprintf("%d: NUMCOMP_NODE=%d NUMCOMP_NODES=%d NUMCOMP_LOCAL_RANK=%d ", rank, rank/2, n, rank%2)
			if !slices.ContainsFunc(lines, func(l string) bool {
				return strings.HasPrefix(l, want) && strings.HasSuffix(l, fmt.Sprintf("/h%d", rank/2))
			}) {
				t.Errorf("fan-out %d: no %q in %q", fanOut, want, lines)
			}
		}
	}
}

// TestStarters: inside a scheduler's job its own command is used, for its own
// hosts; else ssh.
func TestStarters(t *testing.T) {
	root := t.TempDir()
	pe := filepath.Join(root, "pe_hostfile")
	if err := os.WriteFile(pe, []byte("a 2 all.q@a UNDEFINED\nb 2 all.q@b UNDEFINED\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	on := hosts(t, root, 1, "a", "b")
	for name, script := range map[string]string{
		"blaunch": `echo blaunch >>"$ROOT/used"; exec ssh -- "$@"`,
		"qrsh":    `echo qrsh >>"$ROOT/used"; test "$1" = -inherit && shift && exec ssh -- "$@"`,
	} {
		if err := os.WriteFile(filepath.Join(root, "bin", name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	lsf, sge := []string{"LSB_JOBID=1", "LSB_MCPU_HOSTS=a 2 b 2"}, []string{"JOB_ID=1", "PE_HOSTFILE=" + pe}
	for _, c := range []struct {
		env   []string
		hosts []string
		want  string
	}{
		{lsf, []string{"a", "b"}, "blaunch"},
		{lsf, []string{"a", "c"}, "ssh"},
		{lsf[:1], []string{"a"}, "ssh"},
		{sge, []string{"b"}, "qrsh"},
		{sge, []string{"c"}, "ssh"},
		{[]string{"PE_HOSTFILE=/nowhere"}, []string{"b"}, "ssh"},
		{nil, []string{"a"}, "ssh"},
	} {
		var named []hostfile.Host
		for _, h := range c.hosts {
			named = append(named, hostfile.Host{Name: h})
		}
		env := append([]string{"PATH=" + filepath.Join(root, "bin")}, c.env...)
		if got := chooseStarter(env, named); got != c.want {
			t.Errorf("%v, hosts %v: %s, want %s", c.env, c.hosts, got, c.want)
		}
	}
	for want, env := range map[string][]string{"blaunch": lsf, "qrsh": sge} {
		os.Remove(filepath.Join(root, "used"))
		r, s, err := run(t, 4, []string{"env", "HOME"}, on, func(s *Spec) {
			s.Starter, s.Env = "", append(s.Env, env...)
		})
		if err != nil || s.Code != 0 || strings.Count(r.out.String(), "/b\n") != 2 {
			t.Errorf("%s: %+v, %v, %q", want, s, err, r.out.String())
		}
		if used, _ := os.ReadFile(filepath.Join(root, "used")); string(used) != want+"\n"+want+"\n" {
			t.Errorf("used %q, want %s twice", used, want)
		}
	}
}

// TestNeeded: hosts that get no rank are not even tried.
func TestNeeded(t *testing.T) {
	r, s, err := run(t, 4, []string{"env", "HOME"}, hosts(t, t.TempDir(), 0, "a", "b", "down-c", "hang-d"))
	if err != nil || s.Code != 0 || strings.Count(r.out.String(), "HOME=") != 4 {
		t.Errorf("%+v, %v, %q", s, err, r.out.String())
	}
}

// TestHostEnv: what belongs to a host stays there, unless it is exported.
func TestHostEnv(t *testing.T) {
	launcher := []string{"HOME=/here", "PATH=/bin", "TMPDIR=/here/tmp", "XDG_CACHE_HOME=/here/cache", "A=1"}
	there := []string{"HOME=/there", "PATH=/sbin", "SSH_CONNECTION=1 2 3 4", "B=2"}
	got := hostEnv(launcher, there, []string{"TMPDIR"})
	want := []string{"PATH=/bin", "TMPDIR=/here/tmp", "A=1", "HOME=/there", "SSH_CONNECTION=1 2 3 4"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestStage: a host without the program gets a copy, which stays; a damaged copy
// is replaced; nothing else is left.
func TestStage(t *testing.T) {
	root := t.TempDir()
	// The program's own path must not be found on the hosts.
	moved := func(s *Spec) { s.Own = true }
	on := hosts(t, root, 1, "noisy-a", "b")
	copies := func() []string {
		found, err := filepath.Glob(filepath.Join(root, "*", ".cache", "numcomp", "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		hidden, _ := filepath.Glob(filepath.Join(root, "*", ".cache", "numcomp", "*", ".new*"))
		return append(found, hidden...)
	}
	here := func(s *Spec) {
		// A program that is a file of its own, and is gone on the hosts: the
		// launcher reads it before.
		s.Relay = []string{filepath.Join(root, "here", "prog"), asRelay}
	}
	if err := os.Mkdir(filepath.Join(root, "here"), 0o755); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(self(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "here", "prog"), image, 0o600); err != nil { // it cannot be run there
		t.Fatal(err)
	}
	for _, step := range []string{"fresh", "again", "damaged"} {
		if step == "damaged" {
			for _, c := range copies() {
				if err := os.WriteFile(c, []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
		}
		r, s, err := run(t, 4, []string{"env", "HOME"}, on, moved, here)
		if err != nil || s.Code != 0 || strings.Count(r.out.String(), "/b\n") != 2 {
			t.Fatalf("%s: %+v, %v, %q", step, s, err, r.out.String())
		}
		if c := copies(); len(c) != 2 {
			t.Errorf("%s: copies %v", step, c)
		}
		for _, c := range copies() {
			got, err := os.ReadFile(c)
			info, err2 := os.Stat(c)
			if err != nil || err2 != nil || string(got) != string(image) || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %s differs: %v, %v", step, c, err, info)
			}
		}
	}
}

// TestHostErrors: each bad host ends the job with one message that names it.
func TestHostErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		hosts []string
		spec  func(*Spec)
		want  []string
	}{
		{"refused", []string{"a", "down-b"}, nil, []string{"host down-b", "Connection refused", "is sshd running"}},
		{"refused below", []string{"a", "b", "down-c"}, func(s *Spec) { s.FanOut = 1 }, []string{"host down-c", "Connection refused", "started from host b"}},
		{"hangs", []string{"a", "hang-b"}, func(s *Spec) { s.StartTimeout = time.Second }, []string{"host hang-b", "1s"}},
		{"hangs below", []string{"a", "hang-b"}, func(s *Spec) { s.StartTimeout = 2 * time.Second; s.FanOut = 1 }, []string{"host hang-b", "2s"}},
		{"folder", []string{"a"}, func(s *Spec) { s.Wdir = "/nowhere" }, []string{"host a", "/nowhere", "make it there"}},
		{"no program", []string{"a"}, func(s *Spec) { s.NoStage = true; s.Relay = []string{"/nowhere/numcomp", asRelay} }, []string{"host a", "/nowhere/numcomp", "--stage"}},
		{"option", []string{"-oProxyCommand=x"}, nil, []string{"host -oProxyCommand=x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			on := hosts(t, t.TempDir(), 0, c.hosts...)
			_, s, err := run(t, 0, []string{"wait"}, on, func(s *Spec) {
				if c.spec != nil {
					c.spec(s)
				}
			})
			if s.Code == 0 || err == nil {
				t.Fatalf("%+v, %v", s, err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("no %q in %q", w, err)
				}
			}
		})
	}
}

// TestKilledRelay: whatever process of another host is killed, nothing is left.
func TestKilledRelay(t *testing.T) {
	for _, victim := range []string{asAgent, asRelay} {
		r := start(t, 6, []string{"stubborn"}, hosts(t, t.TempDir(), 1, numbered(3)...))
		r.out.await(t, "ready", 6)
		pid := 0
		for _, line := range marked(t, r.mark) {
			if strings.Contains(line, victim) {
				pid, _ = strconv.Atoi(strings.Fields(line)[0])
				break
			}
		}
		if pid == 0 {
			t.Fatalf("no %s among %v", victim, marked(t, r.mark))
		}
		syscall.Kill(pid, syscall.SIGKILL)
		x := <-r.result
		var ae *AgentError
		if x.status.Code == 0 || !errors.As(x.err, &ae) {
			t.Errorf("%s: %+v", victim, x)
		}
		awaitNone(t, r.mark) // nobody hears what is below a relay that is gone
	}
}

// TestTree: everybody is reached from its parent, and nobody has too many below.
func TestTree(t *testing.T) {
	for _, tr := range []tree{{0, 1}, {1, 1}, {7, 1}, {7, 2}, {33, 32}, {2000, 32}} {
		children := map[int][]int{}
		for id := 1; id <= tr.remote; id++ {
			children[tr.parent(id)] = append(children[tr.parent(id)], id)
		}
		for id := 0; id <= tr.remote; id++ {
			if !slices.Equal(tr.below(id), children[id]) || len(children[id]) > tr.fanOut {
				t.Errorf("%v: below %d: %v, want %v", tr, id, tr.below(id), children[id])
			}
		}
		for id := 1; id <= tr.remote; id++ {
			if f := tr.first(id); f < 1 || f > tr.fanOut || f != id && tr.step(f, id) == 0 {
				t.Errorf("%v: first of %d is %d", tr, id, f)
			}
		}
		if p := tr.parent(tr.remote + 1); p != 0 {
			t.Errorf("%v: what runs here has the parent %d", tr, p)
		}
	}
}

// TestStarterFails: what ends the command that leads to a host, and what to do about it.
func TestStarterFails(t *testing.T) {
	for host, want := range map[string]string{
		"killed-0": `host killed-0: its agent was not started: ssh, process [0-9]+ of this host, which led to it: signal: killed$`,
		// Twenty lines of ssh's stand behind what to do, not before it.
		"changed-0": `host changed-0: [^\n]*; its host key is not the one that is known \(/home/u/.ssh/known_hosts:7\), so it may be another machine: ` +
			`if it was installed anew, run ssh-keygen -f "/home/u/.ssh/known_hosts" -R "changed-0" and connect once by hand\nit said:\n  @@@@@@@\n`,
	} {
		_, s, err := run(t, 2, []string{"env", "HOME"}, hosts(t, t.TempDir(), 32, host))
		if err == nil || s.Code == 0 || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("%s: %+v, %v\nwant %s", host, s, err, want)
		}
	}
}

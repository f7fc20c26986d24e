package ssh

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

// listen takes connections and never answers, until it is killed.
func listen(addr string) int {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("listening")
	for {
		if _, err := l.Accept(); err != nil {
			return 1
		}
	}
}

// TestAnswer: the main job over four hosts that have no numcomp, whatever the
// tree's shape, gives scipy's answer, bit for bit the one of a single host.
func TestAnswer(t *testing.T) {
	n := open(t)
	job := func(image, bank string) []string {
		return []string{"--input", image, "--filters", bank, "--iterations", "2", "--burns", "1", "--json", "-"}
	}
	image, bank := realtest.Data(t, "image.npy"), realtest.Data(t, "bank.npy")
	want := realtest.JSON(t, realtest.Cmd{Args: append([]string{program, "--num-workers", "3"}, job(image, bank)...)}).ResultSHA256
	input := job(n.share(t, image), n.share(t, bank))
	hostfile := filepath.Join(n.dir, "hostfile")
	if err := os.WriteFile(hostfile, []byte("# of Open MPI's kind\nn1 slots=2\nn2 slots=2\n10.77.0.3 slots=2\nfd77::4 slots=2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, h := range n.hosts {
		sh(t, h, "rm -rf /root/.cache")
	}
	for _, fanOut := range []string{"32", "1", "2"} {
		c := n.launch("--hostfile", hostfile, "--fan-out", fanOut, "--")
		c.Args = append(c.Args, input...)
		c.Args = append(c.Args, "--output", sharedDir+"/r.npy")
		got := realtest.JSON(t, c)
		if got.World.Size != 8 || got.World.Nodes != 4 || got.World.Launcher != "numcomp" || got.ResultSHA256 != want {
			t.Errorf("fan-out %s: world %+v, results %s, want those of one host, %s", fanOut, got.World, got.ResultSHA256, want)
		}
		realtest.SameAsScipy(t, filepath.Join(n.dir, "shared", "r.npy"))
		n.quiet(t, 5*time.Second)
		if c := n.copies(t); len(c) != len(n.hosts) {
			t.Errorf("fan-out %s: copies: %v, want one on each host", fanOut, c)
		}
	}
}

// TestOwnHomes: ranks have the home folder of their host, the variables of the
// launcher, and a folder that the launcher alone has is no obstacle.
func TestOwnHomes(t *testing.T) {
	n := open(t)
	c := n.launch("--host", "n1:1,n2:1", "--label", "-x", "GIVEN=1", "sh", "-c", "echo $HOME $NUMCOMP_NODE $GIVEN $HERE $(hostname) $(pwd)")
	c.Dir, c.Env = n.dir, append(c.Env, "HERE=2")
	r := realtest.OK(t, c)
	for _, want := range []string{"[0] /root 0 1 2 n1 /root\n", "[1] /root 1 1 2 n2 /root\n"} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("no %q in %q", want, r.Stdout)
		}
	}
	if !strings.Contains(r.Stderr, "host n1: no folder "+n.dir) {
		t.Errorf("nobody says that the folder is missing: %q", r.Stderr)
	}
}

// TestNothingOnCommandLines: what others can see of a run names neither its
// program nor a secret.
func TestNothingOnCommandLines(t *testing.T) {
	n := open(t)
	p := realtest.Start(t, n.launch("--host", "n1:1,n2:1", "-x", "TOKEN=topsecret", "sh", "-c", "exec sleep 1000"))
	realtest.Until(t, "both ranks run", func() bool { return count(t, n, "sleep 1000") == 2 })
	for _, h := range n.hosts {
		for _, x := range processes(t, h) {
			if strings.Contains(x.command, "topsecret") {
				t.Error(x.command)
			}
		}
	}
	for _, x := range processes(t, n.login) {
		if strings.HasPrefix(x.command, "ssh ") && !strings.HasSuffix(x.command, " sh") {
			t.Errorf("%s says more than where to start a shell", x.command)
		}
	}
	p.Cmd.Process.Signal(os.Interrupt)
	if r := p.Wait(t); r.Status != 130 {
		t.Errorf("status %d after an interrupt: %s", r.Status, r.Stderr)
	}
	n.quiet(t, 10*time.Second)
}

// count is how many processes of the hosts have text in their command line.
func count(t *testing.T, n *network, text string) (found int) {
	for _, h := range n.hosts {
		for _, p := range processes(t, h) {
			if strings.Contains(p.command, text) {
				found++
			}
		}
	}
	return found
}

// TestBadHosts: each ends in time, with one message that names the host and says
// what to do, and nothing stays behind.
func TestBadHosts(t *testing.T) {
	n := open(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	hush := exec.Command(n.share(t, exe), listenWord, "10.77.0.1:9")
	hush.Dir = "/"
	out, err := hush.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.hosts[0].Start(hush); err != nil {
		t.Fatal(err)
	}
	defer func() {
		hush.Process.Kill()
		hush.Wait()
	}()
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		name  string
		args  []string
		wants []string
	}{
		{"unresolvable", []string{"--host", "n1,nowhere.invalid"}, []string{"host nowhere.invalid", "Could not resolve", "list of hosts"}},
		{"refused", []string{"--host", "n1,refusing"}, []string{"host refusing", "Connection refused", "sshd"}},
		{"hanging", []string{"--host", "n1,hanging"}, []string{"host hanging", "timed out", "firewall"}},
		{"hanging for long", []string{"--host", "n1,hanging", "--starter-args", "-o ConnectTimeout=1000"}, []string{"host hanging", "4s", "ssh HOST"}},
		{"another host key", []string{"--host", "n1,impostor"}, []string{"host impostor", "REMOTE HOST IDENTIFICATION HAS CHANGED", `, run ssh-keygen -f "`, `-R "impostor" and connect once by hand`, "known_hosts:"}},
		{"an unknown host key", []string{"--host", "n1,stranger"}, []string{"host stranger", "Host key verification failed", "ssh stranger"}},
		{"no key", []string{"--host", "n1,closed"}, []string{"host closed", "Permission denied", "BatchMode"}},
		{"bad below", []string{"--host", "n1,n2,refusing", "--fan-out", "1"}, []string{"host refusing", "Connection refused", "from host n2"}},
		{"missing folder", []string{"--host", "n1,n2", "--wdir", n.dir}, []string{"host n", n.dir, "make it there"}},
		{"no copy", []string{"--host", "n1", "--stage=false"}, []string{"host n1", "no program " + program, "--stage"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(c.args, "--start-timeout", "4s", "sleep", "1000")
			r := realtest.Run(t, n.launch(args...))
			if r.Status == 0 || r.Took > 30*time.Second {
				t.Errorf("status %d after %v", r.Status, r.Took)
			}
			for _, w := range c.wants {
				if !strings.Contains(r.Stderr, w) {
					t.Errorf("no %q in %s", w, r.Stderr)
				}
			}
			if one := strings.Count(r.Stderr, "numcomp: "); one != 1 {
				t.Errorf("%d messages: %s", one, r.Stderr)
			}
			n.quiet(t, 10*time.Second)
		})
	}
}

// TestFullDisk: a host that cannot take the program is an error, and leaves no
// part of it.
func TestFullDisk(t *testing.T) {
	n := open(t)
	sh(t, n.hosts[3], "mkdir -p /root/.cache; mount -t tmpfs -o size=2m none /root/.cache")
	defer sh(t, n.hosts[3], "umount /root/.cache")
	r := realtest.Run(t, n.launch("--host", "n1,n4", "true"))
	if r.Status != 1 || !strings.Contains(r.Stderr, "host n4") || !strings.Contains(r.Stderr, "No space left") || !strings.Contains(r.Stderr, "XDG_CACHE_HOME") {
		t.Errorf("status %d: %s", r.Status, r.Stderr)
	}
	for _, c := range n.copies(t) {
		if strings.HasPrefix(c, "n4 ") {
			t.Errorf("left on the full disk: %s", c)
		}
	}
	n.quiet(t, 5*time.Second)
}

// long is a run over three hosts that does not end by itself.
func (n *network) long() realtest.Cmd {
	return n.launch("--host", "n1:2,n2:2,n3:2", "--fan-out", "2", "--", "--size", "200x200", "--items", "16", "--iterations", "10000000")
}

// TestKilled: whichever process of a run is killed, all of it ends.
func TestKilled(t *testing.T) {
	n := open(t)
	t.Parallel() // with TestCutOff, which waits for most of its time
	for _, who := range []string{"launcher", "agent", "agent --relay", "sshd: root@notty", "rank"} {
		t.Run(who, func(t *testing.T) {
			p := realtest.Start(t, n.long())
			realtest.Until(t, "six ranks compute", func() bool { return count(t, n, "--iterations") == 6 })
			victim := p.Cmd.Process.Pid
			if who != "launcher" {
				victim = 0
				ending := " " + who
				if who == "rank" {
					ending = "--iterations 10000000"
				}
				for _, x := range processes(t, n.hosts[1]) {
					if strings.HasSuffix(x.command, strings.TrimSpace(ending)) {
						victim = x.pid
					}
				}
			}
			if victim == 0 {
				t.Fatalf("no %s on n2: %v", who, processes(t, n.hosts[1]))
			}
			if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			r := p.Wait(t)
			if r.Status == 0 || who != "launcher" && !strings.Contains(r.Stderr, "n2") {
				t.Errorf("status %d: %s", r.Status, r.Stderr)
			}
			n.quiet(t, 15*time.Second)
		})
	}
}

// TestCutOff: a host whose network is gone ends the job, here and there; a
// launcher that is suspended for as long does not.
func TestCutOff(t *testing.T) {
	need(t)
	t.Parallel()
	n, err := newNetwork(3)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.remove(); err != nil {
			t.Error(err)
		}
	}()
	c := n.launch("--host", "n1:1,n2:1", "sh", "-c", "exec sleep 1000")
	c.Limit = 2 * time.Minute
	suspended := realtest.Start(t, c)
	realtest.Until(t, "both ranks run", func() bool { return count(t, n, "sleep 1000") == 2 })
	suspended.Cmd.Process.Signal(syscall.SIGTSTP)
	realtest.Until(t, "the launcher is suspended", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", suspended.Cmd.Process.Pid))
		return err == nil && strings.Contains(string(stat), ") T ")
	})

	stopRelay(t, n)

	p := realtest.Start(t, n.long())
	realtest.Until(t, "six ranks compute", func() bool { return count(t, n, "--iterations") == 6 })
	sh(t, n.hosts[2], "ip link set eth0 down")
	r := p.Wait(t)
	if r.Status == 0 || !strings.Contains(r.Stderr, "n3") || r.Took > 50*time.Second {
		t.Errorf("status %d after %v: %s", r.Status, r.Took, r.Stderr)
	}
	// The ssh server keeps its end of a dead connection for as long as TCP does.
	realtest.Until(t, "all that is numcomp's on the host has ended", func() bool {
		return !slices.ContainsFunc(processes(t, n.hosts[2]), func(p process) bool { return !strings.HasPrefix(p.command, "sshd") })
	})

	if count(t, n, "sleep 1000") != 2 {
		t.Error("ranks have ended while their launcher was suspended")
	}
	suspended.Cmd.Process.Signal(syscall.SIGCONT)
	suspended.Cmd.Process.Signal(os.Interrupt)
	if r := suspended.Wait(t); r.Status != 130 {
		t.Errorf("status %d after an interrupt: %s", r.Status, r.Stderr)
	}
	realtest.Until(t, "its ranks have ended", func() bool { return count(t, n, "sleep 1000") == 0 })
}

// stopRelay has a relay on n3 be stopped: the launcher says which host does not end,
// and that it gives it up.
func stopRelay(t *testing.T, n *network) {
	p := realtest.Start(t, n.launch("--host", "n1:1,n3:1", "sh", "-c", "exec sleep 999"))
	realtest.Until(t, "both ranks run", func() bool { return count(t, n, "sleep 999") == 2 })
	var relay int
	for _, x := range processes(t, n.hosts[2]) {
		if strings.HasSuffix(x.command, "agent --relay") {
			relay = x.pid
		}
	}
	if relay == 0 {
		t.Fatalf("no relay on n3: %v", processes(t, n.hosts[2]))
	}
	if err := syscall.Kill(relay, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.Cmd.Process.Signal(os.Interrupt)
	realtest.Until(t, "the launcher says whom it waits for", func() bool {
		return strings.Contains(p.Stderr(), "waiting for host n3 to end all ranks, since 5s; a second signal")
	})
	p.Cmd.Process.Signal(os.Interrupt)
	r := p.Wait(t)
	if r.Status != 130 || !strings.Contains(r.Stderr, "host n3 did not say in time") || strings.Contains(r.Stderr, "host n1") {
		t.Errorf("status %d: %s", r.Status, r.Stderr)
	}
	if err := syscall.Kill(relay, syscall.SIGCONT); err != nil && err != syscall.ESRCH {
		t.Fatal(err)
	}
	realtest.Until(t, "all of it has ended", func() bool { return count(t, n, "sleep 999") == 0 })
}

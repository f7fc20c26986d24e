package ssh

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

// network is a login host and hosts n1, n2 and so on, host i with the addresses
// 10.77.0.i and fd77::i.
type network struct {
	dir   string // shared is bind-mounted at sharedDir on every host
	login *realtest.Namespace
	hosts []*realtest.Namespace
}

const (
	// hostDir is where a host finds its own files; /tmp and /root are empty.
	hostDir   = "/run/host"
	sharedDir = "/run/shared"
)

// Everything the hosts know of one another. A host has its own key, known to all
// under its name and addresses; impostor is known with another key than it has.
const (
	sshConfig = `
Host impostor
  HostName 10.77.0.1
  HostKeyAlias impostor
Host stranger
  HostName 10.77.0.1
  HostKeyAlias stranger
Host refusing
  HostName 10.77.0.1
  HostKeyAlias n1
  Port 1
Host hanging
  HostName 10.77.0.1
  HostKeyAlias n1
  Port 9
Host closed
  HostName 10.77.0.1
  HostKeyAlias n1
  IdentityFile /nowhere
  IdentitiesOnly yes
`
	sshdConfig = `
HostKey ` + hostDir + `/host_key
ListenAddress 0.0.0.0
ListenAddress ::
PidFile none
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
`
	// What makes a namespace a host: files of its own, and who the others are.
	ownFiles = `
mount -t tmpfs none /run
mkdir -p /run/sshd ` + sharedDir + `
mount --bind "$D/shared" ` + sharedDir + `
cp -r "$D/$1" ` + hostDir + `
mount --bind ` + hostDir + `/hosts /etc/hosts
mount -t tmpfs -o mode=700 none /root
cp -r ` + hostDir + `/dot-ssh /root/.ssh
chmod 700 /root/.ssh; chmod 600 /root/.ssh/*
echo 'echo Welcome to a chatty host' > /root/.bashrc
`
	isolate = `
mount -t tmpfs none /tmp
/usr/sbin/sshd -f ` + hostDir + `/sshd_config
`
)

func startNetwork(dir string, hosts int) (n *network, err error) {
	n = &network{dir: dir}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if err := n.write(hosts); err != nil {
		return n, err
	}
	prelude := "D='" + dir + "'\n" + ownFiles
	if n.login, err = realtest.NewNamespace("login", prelude+"ip link add br0 type bridge; ip link set br0 up\n"+
		"ip addr add 10.77.0.100/24 dev br0; ip -6 addr add fd77::100/64 dev br0 nodad", ""); err != nil {
		return n, err
	}
	for i := 1; i <= hosts; i++ {
		h, err := realtest.NewNamespace(fmt.Sprintf("n%d", i), prelude+isolate, "")
		if err != nil {
			return n, err
		}
		n.hosts = append(n.hosts, h)
		// Process ids are those of this machine, so only the network is entered.
		script := fmt.Sprintf(`set -e
ip link add veth%[1]d type veth peer name eth0 netns %[2]d
ip link set veth%[1]d master br0 up
nsenter -t %[2]d -n sh -ec 'ip addr add 10.77.0.%[1]d/24 dev eth0; ip -6 addr add fd77::%[1]d/64 dev eth0 nodad; ip link set eth0 up'`, i, h.PID())
		cmd := exec.Command("nsenter", "-t", strconv.Itoa(n.login.PID()), "-n", "sh", "-c", script)
		if out, err := cmd.CombinedOutput(); err != nil {
			return n, fmt.Errorf("network of n%d: %w: %s", i, err, out)
		}
	}
	return n, nil
}

// write makes the keys and files of the hosts below dir.
func (n *network) write(hosts int) error {
	key := func(path string) (string, error) {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path).CombinedOutput(); err != nil {
			return "", fmt.Errorf("ssh-keygen: %w: %s", err, out)
		}
		public, err := os.ReadFile(path + ".pub")
		return strings.TrimSpace(string(public)), err
	}
	user, err := key(filepath.Join(n.dir, "user_key"))
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(filepath.Join(n.dir, "user_key"))
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(n.dir, "shared"), 0o755); err != nil {
		return err
	}
	names := []string{"login"}
	known, addresses := "", "127.0.0.1 localhost\n::1 localhost\n"
	for i := 1; i <= hosts; i++ {
		name := fmt.Sprintf("n%d", i)
		names = append(names, name)
		addresses += fmt.Sprintf("10.77.0.%d %s\nfd77::%d %s\n", i, name, i, name)
	}
	for i, name := range names {
		dir := filepath.Join(n.dir, name)
		if err := os.MkdirAll(filepath.Join(dir, "dot-ssh"), 0o755); err != nil {
			return err
		}
		public, err := key(filepath.Join(dir, "host_key"))
		if err != nil {
			return err
		}
		switch i {
		case 0:
			known += "impostor " + public + "\n"
		default:
			known += fmt.Sprintf("%s,10.77.0.%d,fd77::%d %s\n", name, i, i, public)
		}
	}
	for _, name := range names {
		for file, text := range map[string]string{
			"hosts": addresses, "sshd_config": sshdConfig,
			"dot-ssh/config": sshConfig, "dot-ssh/known_hosts": known, "dot-ssh/authorized_keys": user + "\n", "dot-ssh/id_ed25519": string(secret),
		} {
			if err := os.WriteFile(filepath.Join(n.dir, name, file), []byte(text), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *network) close() (err error) {
	for _, h := range append(slices.Clone(n.hosts), n.login) {
		if h != nil {
			if e := h.Close(); e != nil {
				err = e
			}
		}
	}
	return err
}

// newNetwork makes a network with a folder of its own.
func newNetwork(hosts int) (*network, error) {
	dir, err := os.MkdirTemp("", "numcomp-ssh-")
	if err != nil {
		return nil, err
	}
	n, err := startNetwork(dir, hosts)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return n, nil
}

// remove ends the hosts and removes their files.
func (n *network) remove() error {
	err := n.close()
	if e := os.RemoveAll(n.dir); err == nil {
		err = e
	}
	return err
}

// program is numcomp.
var program string

// shared is the network of all tests, made by the first that needs it.
var shared struct {
	once sync.Once
	n    *network
	err  error
}

const listenWord = "listen-and-say-nothing"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == listenWord {
		os.Exit(listen(os.Args[2]))
	}
	status := realtest.Main(m, &program)
	if n := shared.n; n != nil {
		if err := n.remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = max(status, 1)
		}
	}
	os.Exit(status)
}

func need(t *testing.T) {
	t.Helper()
	for _, need := range [][2]string{{"ssh", "openssh-client"}, {"ssh-keygen", "openssh-client"}, {"/usr/sbin/sshd", "openssh-server"}, {"ip", "iproute2"}, {"nsenter", "util-linux"}} {
		realtest.Need(t, need[0], need[1])
	}
	realtest.NeedRoot(t, "ssh servers in network namespaces")
}

// open is the network of four hosts that tests share.
func open(t *testing.T) *network {
	t.Helper()
	need(t)
	shared.once.Do(func() { shared.n, shared.err = newNetwork(4) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.n
}

// launch is numcomp launch, from the login host.
func (n *network) launch(args ...string) realtest.Cmd {
	return realtest.Cmd{In: n.login, Dir: sharedDir, Env: []string{"HOME=/root"}, Args: append([]string{program, "launch"}, args...)}
}

// process is one on a host, with its id on this machine.
type process struct {
	pid     int
	command string
}

// processes are those of a host, except what makes it one.
func processes(t *testing.T, h *realtest.Namespace) (found []process) {
	t.Helper()
	space, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", h.PID()))
	if err != nil {
		t.Fatal(err)
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if s, err := os.Readlink(l); err != nil || s != space {
			continue
		}
		dir := filepath.Dir(filepath.Dir(l))
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		text := strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
		if pid == h.PID() || text == "" || strings.Contains(text, "[listener]") || strings.Contains(text, listenWord) {
			continue
		}
		found = append(found, process{pid, text})
	}
	return found
}

// quiet waits until no process of a run is left on any host, and fails the test
// if some still are after the limit.
func (n *network) quiet(t *testing.T, limit time.Duration) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); ; <-tick.C {
		var left []string
		for i, h := range append(slices.Clone(n.hosts), n.login) {
			for _, p := range processes(t, h) {
				left = append(left, fmt.Sprintf("host %d: pid %d %s", i+1, p.pid, p.command))
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left after %v:\n%s", limit, strings.Join(left, "\n"))
		}
	}
}

// sh runs a script on a host, and returns its standard output.
func sh(t *testing.T, h *realtest.Namespace, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = "/" // the folder of the test may not be there
	out, err := h.Output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// share puts a copy of a file where every host sees it, and returns its name there.
func (n *network) share(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(path)
	if err := os.WriteFile(filepath.Join(n.dir, "shared", name), raw, 0o755); err != nil {
		t.Fatal(err)
	}
	return sharedDir + "/" + name
}

// copies are the files of numcomp in the caches of all hosts.
func (n *network) copies(t *testing.T) (found []string) {
	t.Helper()
	for i, h := range n.hosts {
		for _, f := range strings.Fields(sh(t, h, "find /root/.cache -type f 2>/dev/null || true")) {
			found = append(found, fmt.Sprintf("n%d %s", i+1, f))
		}
	}
	return found
}

package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"numcomp/comm/transport/tcp"
)

// stepConfig is a rank of a test's step, all of whose nodes are this machine.
func stepConfig(t *testing.T, node, nodes, local int) StepConfig {
	t.Helper()
	job := t.Name() + strconv.Itoa(os.Getpid())
	ports, err := StepPorts("", job, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	return StepConfig{Job: job, Node: node, Nodes: nodes, NodeID: fmt.Sprintf("n%d", node+1), LocalRank: local, FanOut: 2,
		Ports: ports, Key: testKey(HeadKey{1, 2, 3}), Resolve: here}
}

func testKey(key HeadKey) func() (HeadKey, error) {
	return func() (HeadKey, error) { return key, nil }
}

func here(context.Context, int) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func TestStepWorlds(t *testing.T) {
	for _, c := range []struct{ size, nodes int }{{1, 1}, {5, 1}, {2, 2}, {8, 8}, {20, 3}, {21, 7}} {
		for name, place := range map[string]func(r int) (node, local int){
			"cyclic": func(r int) (int, int) { return r % c.nodes, r / c.nodes },
			"block": func(r int) (int, int) {
				each := (c.size + c.nodes - 1) / c.nodes
				return r / each, r % each
			},
		} {
			t.Run(fmt.Sprintf("%d on %d, %s", c.size, c.nodes, name), func(t *testing.T) {
				joined(t, worldOptions{size: c.size, fan: 3, store: func(r int) (Store, error) {
					node, local := place(r)
					return OpenStep(deadline(t), stepConfig(t, node, c.nodes, local))
				}}).leave(t)
			})
		}
	}
}

// TestStepConnections: once the ranks have met no rank keeps a connection of the
// store's.
func TestStepConnections(t *testing.T) {
	stores := make([]Store, 6)
	joined(t, worldOptions{size: 6, store: func(r int) (s Store, err error) {
		stores[r], err = OpenStep(deadline(t), stepConfig(t, r/2, 3, r%2))
		return stores[r], err
	}})
	for r, s := range stores {
		if n := len(s.(*relay).conns); n != 0 {
			t.Errorf("rank %d has %d connections", r, n)
		}
	}
}

// TestStepsApart: two jobs with the same ports on the same machine do not meet,
// whether of one user or, with other keys, of two.
func TestStepsApart(t *testing.T) {
	for _, key := range []HeadKey{{1, 2, 3}, {9}} {
		open := func(t *testing.T, job string, node int) Store {
			cfg := stepConfig(t, node, 2, 0)
			if cfg.Job = job; job == "b" {
				cfg.Key = testKey(key)
			}
			s, err := OpenStep(deadline(t), cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		}
		t.Run(fmt.Sprint("same user: ", key == HeadKey{1, 2, 3}), func(t *testing.T) {
			ctx := deadline(t)
			for _, job := range []string{"a", "b"} {
				if err := open(t, job, 0).Put(ctx, "nc-secret", "of-"+job); err != nil {
					t.Fatal(err)
				}
			}
			for _, job := range []string{"b", "a"} {
				if v, err := open(t, job, 1).Get(ctx, "nc-secret"); v != "of-"+job || err != nil {
					t.Errorf("job %s got %q, %v", job, v, err)
				}
			}
		})
	}
}

// TestStepStrangers: who talks nonsense at the port, or says nothing, is refused,
// and the start goes on.
func TestStepStrangers(t *testing.T) {
	ctx := deadline(t)
	head, err := OpenStep(ctx, stepConfig(t, 0, 2, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	port := head.(*relay).listeners[1].Addr().(*net.TCPAddr).Port
	for _, said := range []string{"", "GET / HTTP/1.1\r\n\r\n", stepMagic + "m", stepMagic + "i", stepMagic + "k" + strings.Repeat("x", 40)} {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, said); err != nil {
			t.Fatal(err)
		}
	}
	if err := head.Put(ctx, "nc-secret", "s"); err != nil {
		t.Fatal(err)
	}
	other, err := OpenStep(ctx, stepConfig(t, 1, 2, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if v, err := other.Get(ctx, "nc-secret"); v != "s" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
}

func TestStepFail(t *testing.T) {
	ctx := deadline(t)
	head, err := OpenStep(ctx, stepConfig(t, 0, 2, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	var below []Store
	for local := range 2 {
		s, err := OpenStep(ctx, stepConfig(t, 1, 2, local))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		below = append(below, s)
	}
	got := make(chan error, 1)
	go func() { _, err := below[1].Get(ctx, "nc-secret"); got <- err }()
	head.(Failer).Fail("rank 5 is missing")
	var start *StartError
	if err := <-got; !errors.As(err, &start) || start.Text != "rank 5 is missing" {
		t.Errorf("two levels below the head: %v", err)
	}
	if err := below[0].Put(ctx, "nc-addr-1", "x"); err != nil {
		t.Fatal(err)
	}
	if err := below[0].Put(ctx, "nc-addr-1", "y"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a second put: %v", err)
	}
}

// TestStepTwoHeads: of two processes with rank 0, which both await the others, each
// learns of it, and so does everybody else, long before the start's timeout.
func TestStepTwoHeads(t *testing.T) {
	ctx := deadline(t)
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i, r := range []int{0, 0, 1, 3} {
		ep, err := tcp.Listen(loopback())
		if err != nil {
			t.Fatal(err)
		}
		defer ep.Close()
		store, err := OpenStep(ctx, stepConfig(t, 0, 1, i))
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		wg.Go(func() {
			_, errs[i] = Join(ctx, ep, store, Self{Host: "h", PID: i + 1}, Options{Rank: r, Size: 4, StartTimeout: time.Hour})
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err == nil || !strings.Contains(err.Error(), "two processes claim to be rank 0 of this job") {
			t.Errorf("process %d: %v", i, err)
		}
	}
}

func TestStepErrors(t *testing.T) {
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	leader, err := OpenStep(deadline(t), stepConfig(t, 0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer leader.Close()
	for _, c := range []struct {
		name, want string
		node, size int
		local      int
		change     func(*StepConfig)
	}{
		{"no leader", "could not reach the node's local rank 0", 3, 4, 1, func(*StepConfig) {}},
		{"no head", "could not reach node 0", 1, 2, 0, func(*StepConfig) {}},
		{"two leaders", "were the ranks started twice?", 0, 1, 0, func(*StepConfig) {}},
		{"outside", "outside a step of 2 nodes", 2, 2, 0, func(*StepConfig) {}},
		{"no proof", "neither munge nor a key file; --insecure", 1, 2, 0, func(c *StepConfig) { c.Key = nil }},
		{"no key", "no way to know each other: unreadable; --insecure", 1, 2, 0, func(c *StepConfig) {
			c.Key = func() (HeadKey, error) { return HeadKey{}, errors.New("unreadable") }
		}},
		{"no munge", "munge does not work here", 1, 2, 0, func(c *StepConfig) {
			c.Key, c.Munge = nil, NewMunge([]string{"PATH=/nonexistent"})
			c.Munge.slots = make(chan struct{}) // none runs, here where munge may be installed
		}},
		{"no address", "find the address of node 0: unknown", 1, 2, 0, func(c *StepConfig) {
			c.Resolve = func(context.Context, int) ([]netip.Addr, error) { return nil, errors.New("unknown") }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := stepConfig(t, c.node, c.size, c.local)
			if c.name == "two leaders" {
				cfg.Job = strings.TrimSuffix(cfg.Job, "/two_leaders"+strconv.Itoa(os.Getpid())) + strconv.Itoa(os.Getpid())
			}
			c.change(&cfg)
			s, err := OpenStep(soon(), cfg)
			if err == nil {
				s.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %q in it", err, c.want)
			}
		})
	}
}

// TestStepTooLate: a start that is over before the first try has come to its end
// is an error.
func TestStepTooLate(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, place := range [][2]int{{1, 0}, {0, 1}} { // a node's leader, a rank beside one
		s, err := OpenStep(ended, stepConfig(t, place[0], 2, place[1]))
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("node %d, local rank %d: %v", place[0], place[1], err)
		}
	}
}

// TestStepInsecure: only with the word for it, and then without a key.
func TestStepInsecure(t *testing.T) {
	joined(t, worldOptions{size: 3, store: func(r int) (Store, error) {
		cfg := stepConfig(t, r, 3, 0)
		cfg.Key, cfg.Insecure = nil, true
		return OpenStep(deadline(t), cfg)
	}}).leave(t)
}

func TestHashPorts(t *testing.T) {
	seen := map[int]bool{}
	for _, local := range []string{"32768 60999\n", "", "1024 65535", "10000\t20000", "nonsense 1", "65535 65535"} {
		first := 32768
		switch {
		case strings.HasPrefix(local, "10000"):
			first = 10000
		case strings.HasPrefix(local, "65535"):
			first = 65535
		}
		for job := range 200 {
			p := hashPorts(local, strconv.Itoa(job), 1000)
			if len(p) != stepPorts || p[0] < 1024 || p[len(p)-1] >= first || p[len(p)-1]-p[0] != stepPorts-1 {
				t.Fatalf("%q: ports %v are not below %d", local, p, first)
			}
			seen[p[0]] = true
		}
		if a, b := hashPorts(local, "7.0", 1), hashPorts(local, "7.0", 2); slices.Equal(a, b) {
			t.Errorf("two users have the same ports %v", a)
		}
	}
	if len(seen) < 500 {
		t.Errorf("only %d different ports", len(seen))
	}
}

func TestReservedPorts(t *testing.T) {
	for text, want := range map[string][]int{"12000-12002,13000": {12000, 12001, 12002, 13000}, "7": {7}} {
		if got, err := StepPorts(text, "j", 0); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"x", "3-1", "0-4", "1-70000", "1,,2", "-5"} {
		if got, err := StepPorts(bad, "j", 0); err == nil {
			t.Errorf("%s: %v", bad, got)
		}
	}
}

// TestMungeOnceMore: a node whose munge fails at first takes the way of the others all
// the same.
func TestMungeOnceMore(t *testing.T) {
	for failures, works := range map[int]bool{0: true, 1: true, 2: true, 3: false} {
		dir := t.TempDir()
		script := fmt.Sprintf("#!/bin/sh\necho . >>%[1]s/asked\n[ $(wc -l <%[1]s/asked) -gt %[2]d ] || { echo munged is busy >&2; exit 6; }\necho MUNGE:\n", dir, failures)
		if err := os.WriteFile(filepath.Join(dir, "munge"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
		if err := NewMunge(os.Environ()).works(deadline(t)); (err == nil) != works || err != nil && !strings.Contains(err.Error(), "busy") {
			t.Errorf("%d failures: %v", failures, err)
		}
	}
}

// TestSlurmAddrs asks a scontrol of its own, for names that do not resolve.
func TestSlurmAddrs(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\n[ \"$*\" = 'show node n1.invalid --oneliner' ] || { echo no such node >&2; exit 1; }\n" +
		"echo 'NodeName=n1.invalid Arch=x86_64 NodeAddr=192.0.2.7 NodeHostName=h Version=22'\n"
	if err := os.WriteFile(filepath.Join(dir, "scontrol"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for name, want := range map[string]string{"n1.invalid": "192.0.2.7", "192.0.2.9": "192.0.2.9", "::1": "::1"} {
		got, err := SlurmAddrs(deadline(t), name, os.Environ())
		if err != nil || len(got) != 1 || got[0].String() != want {
			t.Errorf("%s: %v, %v, want %s", name, got, err, want)
		}
	}
	if got, err := SlurmAddrs(deadline(t), "n2.invalid", os.Environ()); err == nil || !strings.Contains(err.Error(), "no such node") {
		t.Errorf("%v, %v", got, err)
	}
	// One that fails once, by a signal, as it does when the controller hangs up.
	once := "#!/bin/sh\n[ -e " + dir + "/again ] || { : >" + dir + "/again; kill -PIPE $$; }\n"
	if err := os.WriteFile(filepath.Join(dir, "scontrol"), []byte(once+script), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := SlurmAddrs(deadline(t), "n1.invalid", os.Environ()); err != nil || len(got) != 1 || got[0].String() != "192.0.2.7" {
		t.Errorf("after a first failure: %v, %v", got, err)
	}
	t.Setenv("PATH", t.TempDir())
	if got, err := SlurmAddrs(deadline(t), "n1.invalid", os.Environ()); err == nil || !strings.HasSuffix(err.Error(), "not found in $PATH: add the folder of Slurm's commands to PATH, or add --head HOST:PORT") {
		t.Errorf("%v, %v", got, err)
	}
}

package address

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"numcomp/internal/real/realtest"
)

var program string

func TestMain(m *testing.M) { os.Exit(realtest.Main(m, &program)) }

var work = []string{"--size", "64x64", "--items", "12", "--iterations", "2", "--burns", "0"}

// hash is what the results of work have, whoever computed them.
func hash(t *testing.T) string {
	t.Helper()
	return realtest.JSON(t, realtest.Cmd{Args: append([]string{program, "--num-workers", "1", "--json", "-"}, work...)}).ResultSHA256
}

// byHand starts a world by hand, one rank in each namespace, rank 0 in the first,
// and returns what rank 0 did.
func byHand(t *testing.T, key string, on []*realtest.Namespace, head string, args ...string) realtest.Result {
	t.Helper()
	var ranks []*realtest.Process
	for r, n := range on {
		own := []string{"--head", head, "--rank", strconv.Itoa(r), "--world-size", strconv.Itoa(len(on)), "--key-file", key}
		words := append([]string{program}, args...)
		if args[0] == "doctor" {
			words = append([]string{program, "doctor"}, append(own, args[1:]...)...)
		} else {
			words = append(words, own...)
		}
		ranks = append(ranks, realtest.Start(t, realtest.Cmd{Args: words, In: n, Limit: 30 * time.Second}))
	}
	var first realtest.Result
	for r, p := range slices.Backward(ranks) {
		first = p.Wait(t)
		if first.Status != 0 {
			t.Errorf("rank %d: status %d\n%s%s", r, first.Status, first.Stdout, first.Stderr)
		}
	}
	return first
}

func keyFile(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/key"
	if err := os.WriteFile(path, []byte(strings.Repeat("0123456789abcdef", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOnlyIPv6Loopback: a machine whose only address is ::1.
func TestOnlyIPv6Loopback(t *testing.T) {
	realtest.Need(t, "ip", "iproute2")
	n := realtest.OpenNamespace(t, "six", "ip addr del 127.0.0.1/8 dev lo", "")
	want := hash(t)
	launched := realtest.JSON(t, realtest.Cmd{In: n, Args: append([]string{program, "--num-workers", "3", "--json", "-"}, work...)})
	if launched.ResultSHA256 != want {
		t.Errorf("results %s, want %s", launched.ResultSHA256, want)
	}
	r := byHand(t, keyFile(t), []*realtest.Namespace{n, n, n}, "[::1]:24680", work...)
	if !strings.Contains(r.Stdout, want) {
		t.Errorf("by hand: no %s in\n%s", want, r.Stdout)
	}
	late := realtest.Run(t, realtest.Cmd{In: n, Args: append([]string{program, "--head", "::1", "--rank", "1", "--world-size", "2", "--key-file", keyFile(t), "--start-timeout", "1s"}, work...)})
	if late.Status != 1 || !strings.Contains(late.Stderr, "--head [::1]:24680: rank 1 could not reach rank 0") {
		t.Errorf("status %d, %s", late.Status, late.Stderr)
	}
}

// examined is what of doctor's JSON the suite looks at.
type examined struct {
	Healthy bool
	Ranks   []struct{ Addresses []string }
	Pairs   []struct {
		From, To int
		Address  string
		Latency  float64 `json:"latency_us"`
		Failed   []struct{ Address, Why string }
	}
	Findings []struct{ Severity, What, Do string }
}

// twoMachines are joined by a link, on which they have the addresses 10.9.0.1 and
// .2 and fd09::1 and ::2. Both have 172.17.0.1 as well, on an interface that comes
// first and that no name gives away.
func twoMachines(t *testing.T) []*realtest.Namespace {
	t.Helper()
	realtest.Need(t, "ip", "iproute2")
	const inside = "ip link add name pods type bridge; ip addr add 172.17.0.1/16 dev pods; ip link set pods up"
	both := []*realtest.Namespace{realtest.OpenNamespace(t, "m1", inside, ""), realtest.OpenNamespace(t, "m2", inside, "")}
	link := exec.Command("ip", "link", "add", "name", "wire", "netns", strconv.Itoa(both[0].PID()),
		"type", "veth", "peer", "name", "wire", "netns", strconv.Itoa(both[1].PID()))
	if out, err := link.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", link.Args, err, out)
	}
	for i, n := range both {
		realtest.OK(t, realtest.Cmd{In: n, Args: []string{"sh", "-ec", fmt.Sprintf(
			"ip addr add 10.9.0.%d/24 dev wire; ip addr add fd09::%d/64 dev wire nodad; ip link set wire up", i+1, i+1)}})
	}
	return both
}

// TestSharedAddress: what both machines have as 172.17.0.1 is tried first and
// answers as somebody else, or not at all. It costs a moment, and doctor names it.
func TestSharedAddress(t *testing.T) {
	both, key, want := twoMachines(t), keyFile(t), hash(t)
	for name, c := range map[string]struct{ head, ports, why string }{
		// Both listen on the same port: who dials 172.17.0.1 reaches itself.
		"answers as another rank": {"10.9.0.1:24680", "25000-25000", "of this job answers, not rank"},
		"refuses":                 {"[fd09::1]:24680", "25000-25400", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			r := byHand(t, key, both, c.head, append(slices.Clone(work), "--port-range", c.ports, "-v")...)
			if !strings.Contains(r.Stdout, want) {
				t.Errorf("no %s in\n%s", want, r.Stdout)
			}
			for line := range strings.Lines(r.Stderr) {
				if strings.Contains(line, "start: ") {
					t.Log(strings.TrimSpace(line))
				}
			}
			e := examine(t, byHand(t, key, both, c.head, "doctor", "--json", "--port-range", c.ports))
			if !e.Healthy || len(e.Pairs) != 2 {
				t.Errorf("%+v", e)
			}
			for _, p := range e.Pairs {
				port := strings.Split(c.ports, "-")[0][:3]
				if want := fmt.Sprintf("10.9.0.%d:%s", p.To+1, port); !strings.HasPrefix(p.Address, want) || p.Latency <= 0 {
					t.Errorf("%+v, want the address %s", p, want)
				}
				if c.ports == "25000-25000" && (len(p.Failed) != 1 || !strings.HasPrefix(p.Failed[0].Address, "172.17.0.1:") || !strings.Contains(p.Failed[0].Why, c.why)) {
					t.Errorf("%+v, want 172.17.0.1 tried first: %s", p, c.why)
				}
			}
			if len(e.Findings) != 1 || e.Findings[0].Severity != "warning" || !strings.Contains(e.Findings[0].What, "the address 172.17.0.1 is tried before the one that works") {
				t.Errorf("findings %+v", e.Findings)
			}
		})
	}
}

func examine(t *testing.T, r realtest.Result) (e examined) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.Stdout), &e); err != nil {
		t.Fatalf("%v in\n%s\n%s", err, r.Stdout, r.Stderr)
	}
	return e
}

// TestInterfaces: --iface says by which network ranks talk, from end to end.
func TestInterfaces(t *testing.T) {
	both, key := twoMachines(t), keyFile(t)
	for list, want := range map[string]string{
		"wire":                "10.9.0.%d fd09::%d",
		"w?re,^10.0.0.0/8":    "fd09::%d",
		"^pods,^lo,^fd00::/8": "10.9.0.%d",
		"10.9.0.0/24":         "10.9.0.%d",
		"fd09::/64":           "fd09::%d",
	} {
		t.Run(list, func(t *testing.T) {
			e := examine(t, byHand(t, key, both, "10.9.0.1:24680", "doctor", "--json", "--iface", list, "--port-range", "25000:25000"))
			if !e.Healthy || len(e.Findings) > 0 || len(e.Ranks) != 2 {
				t.Errorf("%+v", e)
			}
			for r, rank := range e.Ranks {
				got := strings.Join(rank.Addresses, " ")
				got = strings.NewReplacer(":25000", "", "[", "", "]", "").Replace(got)
				if want := strings.ReplaceAll(want, "%d", strconv.Itoa(r+1)); got != want {
					t.Errorf("rank %d listens on %s, want %s", r, got, want)
				}
			}
		})
	}
	bad := realtest.Run(t, realtest.Cmd{In: both[0], Args: []string{program, "--head", "10.9.0.1", "--rank", "0", "--world-size", "2", "--key-file", key, "--iface", "eth*"}})
	if bad.Status != 2 || !strings.Contains(bad.Stderr, `"eth*": none has a usable address; there are`) || !strings.Contains(bad.Stderr, "wire (10.9.0.1 fd09::1)") {
		t.Errorf("status %d: %s", bad.Status, bad.Stderr)
	}
}

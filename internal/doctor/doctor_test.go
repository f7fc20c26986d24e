package doctor

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"numcomp/comm"
	"numcomp/comm/transport/mem"
	"numcomp/internal/schematest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "rewrite the golden files")

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// fake is a machine of 8 CPUs, of which a container has 2 and a half.
func fake() System {
	return System{
		Root: fstest.MapFS{
			"proc/meminfo":                   file("MemTotal:       16384 kB\nMemAvailable:    8192 kB\n"),
			"proc/self/cgroup":               file("0::/jobs/one\n"),
			"sys/fs/cgroup/jobs/cpu.max":     file("250000 100000\n"),
			"sys/fs/cgroup/jobs/one/cpu.max": file("max 100000\n"),
			"sys/devices/system/cpu/online":  file("0-3,6-9\n"),
		},
		Affinity: func() ([]int, error) { return []int{1, 2, 3, 6}, nil },
		Limit: func(resource int) (Limit, error) {
			return map[int]Limit{unix.RLIMIT_NOFILE: {64, 4096}, unix.RLIMIT_MEMLOCK: {1 << 16, -1}, unix.RLIMIT_NPROC: {100, 100}}[resource], nil
		},
		FileSystem: func(string) (int64, int64, error) { return 1 << 30, 1 << 20, nil },
		Memfd:      func() error { return errors.New("memfd_create: operation not permitted") },
		Kernel:     func() string { return "6.1.0" },
		Threads:    func() int { return 3 },
	}
}

func TestLook(t *testing.T) {
	r := Look(fake())
	r.Go = ""
	want := Rank{
		CPUs:   CPUs{Allowed: []int{1, 2, 3, 6}, Online: 8, Quota: 2.5, Threads: 3},
		Limits: Limits{OpenFiles: Limit{64, 4096}, LockedMemory: Limit{1 << 16, -1}, Processes: Limit{100, 100}},
		Memory: Memory{Total: 16 << 20, Available: 8 << 20, Source: "MemAvailable of /proc/meminfo"},
		Shared: Shared{DevShmSize: 1 << 30, DevShmFree: 1 << 20, Memfd: "memfd_create: operation not permitted"},
		Kernel: "6.1.0",
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v\nwant %+v", r, want)
	}
}

func TestLookHere(t *testing.T) {
	r := Look(This())
	if len(r.CPUs.Allowed) == 0 || r.CPUs.Online < len(r.CPUs.Allowed) || r.Limits.OpenFiles.Soft == 0 || r.Memory.Available <= 0 ||
		r.Memory.Total < r.Memory.Available || r.Shared.Memfd == "" || r.Kernel == "" {
		t.Errorf("%+v", r)
	}
	// Go's run-time raises the limit of open files: CheckFiles relies on it.
	if l := r.Limits.OpenFiles; l.Soft != l.Hard {
		t.Errorf("the soft limit of open files is %d, the hard one %d", l.Soft, l.Hard)
	}
}

// healthy is a rank with nothing to complain of.
func healthy(rank, node int) Rank {
	return Rank{
		Rank: rank, Host: fmt.Sprintf("n%d", node), Node: node, PID: 100 + rank,
		Addresses: []string{fmt.Sprintf("10.0.0.%d:4000", node+1), "127.0.0.1:4000"},
		CPUs:      CPUs{Allowed: []int{0, 1, 2, 3}, Online: 4, Threads: 3},
		Limits:    Limits{OpenFiles: Limit{1024, 4096}, LockedMemory: Limit{8 << 20, -1}, Processes: Limit{1000, 1000}},
		Memory:    Memory{Total: 8 << 30, Available: 4 << 30, Source: "MemAvailable of /proc/meminfo"},
		Shared:    Shared{DevShmSize: 4 << 30, DevShmFree: 4 << 30, Memfd: "ok"},
		Build:     "0.1.0+abc", Go: "go1.26", Kernel: "6.1.0",
	}
}

// world is two ranks on each of nodes.
func world(nodes int) *Report {
	r := &Report{Schema: Schema, Launcher: Launcher{Name: "slurm", Bootstrap: "pmi", Means: "a launcher that serves PMI-1", Size: 2 * nodes, Nodes: nodes,
		Because: []Variable{{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "4"}}, Unused: []Variable{{"RANK", "7"}}},
		Programs: []Program{{"srun", "/usr/bin/srun", "slurm-wlm 22.05.8"}}}
	for rank := range 2 * nodes {
		r.Ranks = append(r.Ranks, healthy(rank, rank/2))
	}
	for _, a := range r.Ranks {
		for _, b := range r.Ranks {
			if a.Rank != b.Rank {
				r.Pairs = append(r.Pairs, Pair{From: a.Rank, To: b.Rank, Address: b.Addresses[0], Latency: 12.34, Failed: []Failure{}})
			}
		}
	}
	return r
}

func TestDiagnose(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(r *Report)
		severity string // "": no finding
		ranks    []int
		what, do string
	}{
		"healthy": {func(*Report) {}, "", nil, "", ""},
		"few files": {func(r *Report) { r.Ranks[3].Limits.OpenFiles = Limit{29, 29} }, Error, []int{3},
			"at most 29 open files are allowed (hard limit 29), and a rank of a world of 4 needs 30", "ulimit -n 1024"},
		"unlimited files": {func(r *Report) { r.Ranks[3].Limits.OpenFiles = Limit{-1, -1} }, "", nil, "", ""},
		"no memory": {func(r *Report) { r.Ranks[2].Memory = Memory{8 << 30, 1 << 20, "a cgroup"} }, Error, []int{2, 3},
			"n1 has 1 MiB of memory left (a cgroup), and 2 rank(s) need at least 64 MiB", "fewer ranks"},
		"no memfd": {func(r *Report) { r.Ranks[0].Shared.Memfd = "not permitted" }, Warning, []int{0}, "cannot share memory: not permitted", "seccomp"},
		"all on one CPU": {func(r *Report) {
			for i := range 2 {
				r.Ranks[i].CPUs.Allowed = []int{2}
			}
		}, Warning, []int{0, 1}, "2 ranks on 1 CPUs of n0", "as many ranks as CPUs"},
		"bound each to its own": {func(r *Report) { r.Ranks[0].CPUs.Allowed, r.Ranks[1].CPUs.Allowed = []int{0}, []int{1} }, "", nil, "", ""},
		"two bound to the same": {func(r *Report) {
			third := healthy(4, 0)
			r.Ranks = append(r.Ranks, third)
			r.Ranks[0].CPUs.Allowed, r.Ranks[1].CPUs.Allowed, r.Ranks[4].CPUs.Allowed = []int{0}, []int{0}, []int{1, 2}
		}, Warning, []int{0, 1}, "2 ranks of n0 are bound to the same CPU(s) 0 while others are free", "--bind-to core"},
		"little quota": {func(r *Report) { r.Ranks[0].CPUs.Quota = 1.5 }, Warning, []int{0, 1}, "may use 1.5 CPUs", "CPU limit"},
		"no address":   {func(r *Report) { r.Ranks[1].Addresses = nil }, Error, []int{1}, "no address", "--iface"},
		"loopback across nodes": {func(r *Report) { r.Ranks[1].Addresses = []string{"127.0.0.1:1", "[::1]:1"} }, Error, []int{1},
			"loopback addresses only (127.0.0.1:1, [::1]:1), and ranks run on 2 nodes", "--iface"},
		"other build": {func(r *Report) { r.Ranks[1].Build = "old" }, Error, []int{1}, `it runs build "old", rank 0 runs "0.1.0+abc"`, "same program"},
		"unreachable": {func(r *Report) {
			r.Pairs[2].Address, r.Pairs[2].Failed = "", []Failure{{"10.0.0.2:4000", "timed out (firewall?)"}}
		}, Error, []int{0, 3}, "rank 0 (host n0) does not reach rank 3 (host n1): 10.0.0.2:4000: timed out (firewall?)", "--port-range"},
		"dead address": {func(r *Report) { r.Pairs[2].Failed = []Failure{{"[fd00::9]:4000", "refused"}} }, Warning, []int{0, 3},
			"the address fd00::9 is tried before the one that works", "--iface '^fd00::9'"},
	} {
		t.Run(name, func(t *testing.T) {
			r := world(2)
			c.change(r)
			Diagnose(r)
			if r.Healthy != (c.severity != Error) {
				t.Errorf("healthy: %v", r.Healthy)
			}
			if c.severity == "" {
				if len(r.Findings) > 0 {
					t.Errorf("findings %+v", r.Findings)
				}
				return
			}
			if len(r.Findings) != 1 {
				t.Fatalf("findings %+v", r.Findings)
			}
			f := r.Findings[0]
			if f.Severity != c.severity || !slices.Equal(f.Ranks, c.ranks) || !strings.Contains(f.What, c.what) || !strings.Contains(f.Do, c.do) {
				t.Errorf("%+v\nwant %+v", f, c)
			}
		})
	}
}

func TestManyLostPairsAreBounded(t *testing.T) {
	r := world(8)
	for i := range r.Pairs {
		r.Pairs[i].Address = ""
	}
	if Diagnose(r); r.Healthy || len(r.Findings) != maxPairs+1 {
		t.Errorf("%d findings", len(r.Findings))
	}
}

func TestTextIsGolden(t *testing.T) {
	sick := world(2)
	sick.Ranks[3].Limits.OpenFiles = Limit{29, 29}
	sick.Ranks[2].CPUs.Allowed = []int{0, 2, 3}
	sick.Pairs[2].Address, sick.Pairs[2].Latency = "", 0
	sick.Pairs[2].Failed = []Failure{{"10.0.0.2:4000", "timed out (firewall?)"}, {"127.0.0.1:4000", "rank 0 of this job answers, not rank 3"}}
	alone := &Report{Launcher: Launcher{Name: "alone", Bootstrap: "none"}, Ranks: []Rank{healthy(0, 0)}}
	large := world(20)
	large.Pairs = slices.DeleteFunc(large.Pairs, func(p Pair) bool { return p.From >= 16 || p.To >= 16 })
	for name, r := range map[string]*Report{"healthy": world(2), "sick": sick, "alone": alone, "large": large} {
		Diagnose(r)
		var b strings.Builder
		if err := Text(&b, r); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if len(strings.TrimRight(line, "\n")) > 88 && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s: a line of %d characters: %s", name, len(line), line)
			}
		}
		path := "testdata/" + name + ".txt"
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, b.String(), want)
		}
	}
}

// peersOn puts counts[n] ranks on node n, dealt out in turn if cyclic.
func peersOn(nodes, each int, cyclic bool) (peers []Peer) {
	for r := range nodes * each {
		node := r / each
		if cyclic {
			node = r % nodes
		}
		peers = append(peers, Peer{Node: node, Addrs: []netip.AddrPort{netip.MustParseAddrPort(fmt.Sprintf("10.0.0.9:%d", 1000+r)), netip.MustParseAddrPort(fmt.Sprintf("[fd00::1]:%d", 1000+r))}})
	}
	return peers
}

func TestSample(t *testing.T) {
	for _, c := range []struct {
		peers []Peer
		want  string
	}{
		{peersOn(1, 1, false), "0"},
		{peersOn(2, 8, false), "0-15"},
		{peersOn(8, 128, false), "0-1,128-129,256-257,384-385,512-513,640-641,768-769,896-897"},
		{peersOn(8, 128, true), "0-15"},
		{peersOn(32, 2, false), "0,4,8,12,16,20,24,28,32,36,40,44,48,52,56,60"},
	} {
		if got := List(Sample(c.peers, MaxSampled)); got != c.want {
			t.Errorf("%d ranks: %s, want %s", len(c.peers), got, c.want)
		}
	}
}

// TestExchange: rank 2 cannot reach rank 1, and nobody by IPv4.
func TestExchange(t *testing.T) {
	for _, size := range []int{2, 3, 5, 40} {
		peers := peersOn(1, size, false)
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		var ranks []Rank
		var pairs []Pair
		var all sync.WaitGroup
		world := mem.NewWorld(size)
		for r, tr := range world {
			all.Go(func() {
				c, err := comm.NewWorld(tr, nil)
				if err != nil {
					t.Error(err)
					return
				}
				probe := func(_ context.Context, to int, addr netip.AddrPort) error {
					if addr.Addr().Is4() || r == 2 && to == 1 {
						return errors.New("refused")
					}
					return nil
				}
				got, reached, err := Exchange(ctx, c, Rank{Rank: r, Host: strings.Repeat("h", r)}, peers, probe)
				switch {
				case err != nil:
					t.Errorf("rank %d: %v", r, err)
				case r == 0:
					ranks, pairs = got, reached
				case got != nil || reached != nil:
					t.Errorf("rank %d got something", r)
				}
			})
		}
		all.Wait()
		for _, tr := range world {
			tr.Close()
		}
		n := min(size, MaxSampled)
		if len(ranks) != size || len(pairs) != n*(n-1) {
			t.Fatalf("%d ranks, %d pairs of %d", len(ranks), len(pairs), size)
		}
		for r, rank := range ranks {
			if rank.Rank != r || len(rank.Host) != r {
				t.Errorf("rank %d: %+v", r, rank)
			}
		}
		for _, p := range pairs {
			lost := p.From == 2 && p.To == 1
			if lost != (p.Address == "") || !lost && p.Address != peers[p.To].Addrs[1].String() || p.Failed[0].Address != peers[p.To].Addrs[0].String() {
				t.Errorf("%+v", p)
			}
			if spoke := !lost && !(p.From == 1 && p.To == 2); (spoke || size == 2) != (p.Latency > 0) {
				t.Errorf("%+v", p)
			}
		}
	}
}

// TestSchemaIsDocumented holds docs/json.md to the Report.
func TestSchemaIsDocumented(t *testing.T) {
	schematest.Check(t, schematest.Section(t, "What `numcomp doctor --json` writes"), reflect.TypeFor[Report](), nil)
}

func TestFilesNeeded(t *testing.T) {
	for size, want := range map[int]int{1: 24, 2: 26, 33: 24 + 32 + 32, 1024: 24 + 33 + 64, 100000: 24 + 33 + 64} {
		if got := FilesNeeded(size); got != want {
			t.Errorf("%d ranks: %d, want %d", size, got, want)
		}
	}
}

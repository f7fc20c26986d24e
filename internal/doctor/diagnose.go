package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// enoughMemory is what a rank needs at least, whatever it computes, in bytes.
const enoughMemory = 32 << 20

func sprint(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// Diagnose adds what is to be mended to r, errors first, and says whether a run
// would get through.
func Diagnose(r *Report) {
	nodes := byNode(r.Ranks)
	for _, check := range []func(*Report, [][]*Rank){checkFiles, checkMemory, checkShared, checkCPUs, checkAddresses, checkBuilds, checkPairs} {
		check(r, nodes)
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(a.Severity, b.Severity) })
	r.Healthy = !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Error })
}

// add notes a finding. Ranks with the same trouble share one.
func (r *Report) add(f Finding) {
	for i := range r.Findings {
		if o := &r.Findings[i]; o.Severity == f.Severity && o.What == f.What && o.Do == f.Do {
			o.Ranks = append(o.Ranks, f.Ranks...)
			return
		}
	}
	r.Findings = append(r.Findings, f)
}

func byNode(ranks []Rank) [][]*Rank {
	var nodes [][]*Rank
	index := map[int]int{}
	for i := range ranks {
		n, ok := index[ranks[i].Node]
		if !ok {
			n = len(nodes)
			index[ranks[i].Node] = n
			nodes = append(nodes, nil)
		}
		nodes[n] = append(nodes[n], &ranks[i])
	}
	return nodes
}

func checkFiles(r *Report, _ [][]*Rank) {
	for i := range r.Ranks {
		rank := &r.Ranks[i]
		rank.Limits.FilesNeeded = FilesNeeded(len(r.Ranks))
		if f, ok := CheckFiles(rank.Limits.OpenFiles, len(r.Ranks)); !ok {
			f.Ranks = []int{rank.Rank}
			r.add(f)
		}
	}
}

func checkMemory(r *Report, nodes [][]*Rank) {
	for _, node := range nodes {
		first := node[0]
		need := int64(len(node)) * enoughMemory
		if first.Memory.Source != "" && first.Memory.Available < need {
			r.add(Finding{Error, numbers(node), sprint("%s has %s of memory left (%s), and %d rank(s) need at least %s before any array",
				first.Host, bytes(first.Memory.Available), first.Memory.Source, len(node), bytes(need)),
				"start fewer ranks there, ask the scheduler for more memory (--mem), or end what takes it"})
		}
	}
}

func checkShared(r *Report, _ [][]*Rank) {
	for _, rank := range r.Ranks {
		if rank.Shared.Memfd != "ok" {
			r.add(Finding{Warning, []int{rank.Rank}, "ranks of a node cannot share memory: " + rank.Shared.Memfd,
				"messages between them go by TCP; allow memfd_create (seccomp profile of the container)"})
		}
	}
}

func checkCPUs(r *Report, nodes [][]*Rank) {
	for _, node := range nodes {
		used := map[int]int{}
		for _, rank := range node {
			for _, cpu := range rank.CPUs.Allowed {
				used[cpu]++
			}
		}
		first := node[0]
		switch {
		case len(used) == 0:
		case len(node) > len(used):
			r.add(Finding{Warning, numbers(node), sprint("%d ranks on %d CPUs of %s: they take turns", len(node), len(used), first.Host),
				"start at most as many ranks as CPUs there, or ask for more CPUs"})
		default:
			overlap(r, node, used)
		}
		if q := first.CPUs.Quota; q > 0 && q < float64(len(node)) {
			r.add(Finding{Warning, numbers(node), sprint("the cgroup of %d ranks on %s may use %.3g CPUs: the kernel stops them when that is used up", len(node), first.Host, q),
				"start fewer ranks there, or raise the CPU limit of the container or job"})
		}
	}
}

// overlap finds ranks that are bound to the same few CPUs while others are free:
// a launcher that binds every rank as if it were alone.
func overlap(r *Report, node []*Rank, used map[int]int) {
	var tied []int
	var cpus []int
	for _, rank := range node {
		own := len(rank.CPUs.Allowed) > 0
		for _, cpu := range rank.CPUs.Allowed {
			own = own && used[cpu] > len(rank.CPUs.Allowed)
		}
		if own {
			tied = append(tied, rank.Rank)
			cpus = append(cpus, rank.CPUs.Allowed...)
		}
	}
	if len(tied) > 1 {
		slices.Sort(cpus)
		r.add(Finding{Warning, tied, sprint("%d ranks of %s are bound to the same CPU(s) %s while others are free", len(tied), node[0].Host, List(slices.Compact(cpus))),
			"tell the launcher how to bind: mpirun --bind-to core, srun --cpu-bind=cores, or none of it: --bind-to none"})
	}
}

func checkAddresses(r *Report, nodes [][]*Rank) {
	for _, rank := range r.Ranks {
		if len(rank.Addresses) == 0 {
			r.add(Finding{Error, []int{rank.Rank}, "there is no address by which others could reach it",
				"bring an interface up, even lo alone; see ip address, and --iface"})
			continue
		}
		if len(nodes) > 1 && !slices.ContainsFunc(rank.Addresses, func(a string) bool {
			p, err := netip.ParseAddrPort(a)
			return err == nil && !p.Addr().IsLoopback()
		}) {
			r.add(Finding{Error, []int{rank.Rank}, sprint("it has loopback addresses only (%s), and ranks run on %d nodes", strings.Join(rank.Addresses, ", "), len(nodes)),
				"give --iface an interface that leads to the other nodes; see ip address"})
		}
	}
}

func checkBuilds(r *Report, _ [][]*Rank) {
	for _, rank := range r.Ranks[min(1, len(r.Ranks)):] {
		if first := r.Ranks[0]; rank.Build != first.Build {
			r.add(Finding{Error, []int{rank.Rank}, sprint("it runs build %q, rank 0 runs %q", rank.Build, first.Build), "start the same program on every node"})
		}
	}
}

func checkPairs(r *Report, _ [][]*Rank) {
	host := map[int]string{}
	for _, rank := range r.Ranks {
		host[rank.Rank] = rank.Host
	}
	lost := 0
	for _, p := range r.Pairs {
		if p.Address != "" {
			continue
		}
		if lost++; lost > maxPairs {
			continue
		}
		var tried []string
		for _, f := range p.Failed {
			tried = append(tried, f.Address+": "+f.Why)
		}
		r.add(Finding{Error, []int{p.From, p.To}, sprint("rank %d (host %s) does not reach rank %d (host %s): %s", p.From, host[p.From], p.To, host[p.To], cmp.Or(strings.Join(tried, "; "), "it has no address")),
			"open the ports between the nodes (--port-range), or name the right network (--iface)"})
	}
	if lost > maxPairs {
		r.add(Finding{Error, nil, sprint("%d more pairs of ranks do not reach each other", lost-maxPairs), "see pairs in --json"})
	}
	slow(r)
}

// maxPairs bounds the findings on pairs.
const maxPairs = 8

// slow tells of pairs whose best addresses were dead: each costs time at the
// start.
func slow(r *Report) {
	dead := map[string][]int{}
	for _, p := range r.Pairs {
		if p.Address == "" {
			continue
		}
		for _, f := range p.Failed {
			a, err := netip.ParseAddrPort(f.Address)
			if err == nil {
				dead[a.Addr().String()] = append(dead[a.Addr().String()], p.From, p.To)
			}
		}
	}
	for _, addr := range slices.Sorted(maps.Keys(dead)) {
		ranks := dead[addr]
		slices.Sort(ranks)
		r.add(Finding{Warning, slices.Compact(ranks), sprint("the address %s is tried before the one that works, and does not lead to its rank", addr),
			sprint("leave it out: --iface '^%s' (or name the network that works)", addr)})
	}
}

func numbers(ranks []*Rank) (out []int) {
	for _, r := range ranks {
		out = append(out, r.Rank)
	}
	return out
}

// List writes ascending numbers compactly: "0-3,8".
func List(n []int) string {
	var b strings.Builder
	for i := 0; i < len(n); {
		j := i
		for j+1 < len(n) && n[j+1] == n[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		if fmt.Fprint(&b, n[i]); j > i {
			fmt.Fprintf(&b, "-%d", n[j])
		}
		i = j + 1
	}
	return b.String()
}

// amount writes a limit.
func amount(n int64) string {
	if n < 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// bytes writes an amount of memory.
func bytes(n int64) string {
	if n < 0 {
		return "none"
	}
	v, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for ; v >= 1000 && i < len(units)-1; i++ {
		v /= 1024
	}
	return fmt.Sprintf("%.3g %s", v, units[i])
}

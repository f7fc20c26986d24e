package launch

import (
	"slices"

	"numcomp/hostfile"
)

// Foresee is where Assign will place ranks once the unknown slots of hosts are the
// CPUs that their agents report: the ranks of each entry of hosts, by its index.
// known is false where some of that depends on those CPUs. Entries whose ranks
// depend on them have none then; those before the first unknown one may have theirs.
func Foresee(hosts []hostfile.Host, n, perNode int, by MapBy) (ranks [][]int, known bool, err error) {
	first := slices.IndexFunc(hosts, func(h hostfile.Host) bool { return h.Slots == 0 })
	if first < 0 || n > 0 || perNode > 0 {
		l, err := deal(withSlots(hosts, maxRanks), n, perNode, by)
		if err != nil {
			return nil, false, err
		}
		if l.foreseen(hosts, by) {
			return l.ranks(len(hosts)), true, nil
		}
	}
	// Every host has one CPU. If that will do, nobody gets a second round, and what
	// stands before the first host that may have more goes to its hosts in any case.
	l, err := deal(withSlots(hosts, 1), n, perNode, by)
	if err != nil {
		return nil, false, err
	}
	if by == ByNode || slices.ContainsFunc(l.entries, func(e entry) bool { return len(e.ranks) > e.slots }) {
		first = 0
	}
	ranks = l.ranks(first)
	return append(ranks, make([][]int, len(hosts)-first)...), false, nil
}

// withSlots is hosts, unknown slots set.
func withSlots(hosts []hostfile.Host, slots int) []hostfile.Host {
	hosts = slices.Clone(hosts)
	for i := range hosts {
		if hosts[i].Slots == 0 {
			hosts[i].Slots = slots
		}
	}
	return hosts
}

// foreseen says whether ranks that were dealt with more slots than anybody asks
// for on hosts that do not know theirs will stay where they are.
func (l *layout) foreseen(hosts []hostfile.Host, by MapBy) bool {
	full := !slices.ContainsFunc(l.nodes, func(x node) bool { return x.total < x.limit })
	for i, h := range hosts {
		// With one rank it asks for no more than the one CPU that every host has.
		// With more, others get them if it has less, unless there is no choice, nor
		// one of the order.
		if h.Slots == 0 && len(l.entries[i].ranks) > 1 &&
			(len(l.entries) > len(l.nodes) || len(l.nodes) > 1 && (!full || by == ByEntry)) {
			return false
		}
	}
	return true
}

// ranks are those of the first n entries.
func (l *layout) ranks(n int) [][]int {
	ranks := make([][]int, n)
	for i := range ranks {
		ranks[i] = l.entries[i].ranks
	}
	return ranks
}

// CPUs is how many CPUs ranks on this machine may use: the slots that its agent
// would report.
func CPUs() int { return cpus() }

package launch

import "numcomp/hostfile"

// Foresee is where Assign will place ranks once the unknown slots of hosts are the
// CPUs that their agents report: the ranks of each entry of hosts, by its index.
// known is false where that depends on those CPUs; ranks is nil then.
func Foresee(hosts []hostfile.Host, n, perNode int, by MapBy) (ranks [][]int, known bool, err error) {
	var unknown []int
	guess := make([]hostfile.Host, len(hosts))
	for i, h := range hosts {
		if h.Slots == 0 {
			unknown = append(unknown, i)
			// More than any rank asks for: whoever gets one here has room for it.
			h.Slots = maxRanks
		}
		guess[i] = h
	}
	if len(unknown) > 0 && n == 0 && perNode == 0 {
		_, err := Assign(hosts, 1, 0, by) // what else is wrong
		return nil, false, err
	}
	l, err := deal(guess, n, perNode, by)
	if err != nil {
		return nil, false, err
	}
	full := true
	for _, x := range l.nodes {
		full = full && x.total == x.limit
	}
	for _, i := range unknown {
		// With one rank it asks for no more than the one CPU that every host has.
		// With more, others get them if it has less, unless there is no choice, nor
		// one of the order.
		if len(l.entries[i].ranks) > 1 && (len(l.entries) > len(l.nodes) || len(l.nodes) > 1 && (!full || by == ByEntry)) {
			return nil, false, nil
		}
	}
	ranks = make([][]int, len(hosts))
	for i, e := range l.entries {
		ranks[i] = e.ranks
	}
	return ranks, true, nil
}

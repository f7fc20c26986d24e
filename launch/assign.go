package launch

import (
	"fmt"
	"slices"

	"numcomp/hostfile"
)

// MapBy is the order in which ranks are dealt to hosts.
type MapBy int

const (
	// BySlot fills a host before it goes on to the next: neighbouring ranks
	// share a node.
	BySlot MapBy = iota
	// ByNode deals one rank to each host in turn.
	ByNode
	// ByEntry takes the list of hosts for the order of ranks: each entry gets a
	// rank for each of its slots, in turn, round and round.
	ByEntry
)

func (m MapBy) String() string {
	switch m {
	case BySlot:
		return "slot"
	case ByNode:
		return "node"
	case ByEntry:
		return "entry"
	}
	return fmt.Sprintf("MapBy(%d)", int(m))
}

// ParseMapBy reads slot or node.
func ParseMapBy(s string) (MapBy, error) {
	for _, m := range []MapBy{BySlot, ByNode} {
		if s == m.String() {
			return m, nil
		}
	}
	return 0, fmt.Errorf("launch: ranks cannot be mapped by %.32q: slot or node", s)
}

// Assignment is the ranks of one host.
type Assignment struct {
	// Host is the host with all of its slots.
	Host hostfile.Host
	// Ranks ascend. There is at least one.
	Ranks []int
}

// Oversubscribed is how many more ranks than slots the host has; 0 if none.
func (a Assignment) Oversubscribed() int {
	return max(0, len(a.Ranks)-max(a.Host.Slots, 1))
}

// Assign places ranks 0 to n-1 on hosts; n = 0 asks for as many as there are
// slots (or perNode on every host, if that is set). Unknown slots count as one.
//
// A host takes no more than perNode ranks (0: no limit) or its MaxSlots, and no
// more than its slots while any other has one left; beyond that, hosts are
// oversubscribed in rounds of their slots, which Assignment.Oversubscribed
// reports. By slot, ranks are numbered along the list; by node, around it; by
// entry, along each round.
//
// A host may stand in the list more than once: its entries are filled one by
// one, the limits hold for all of them together, and it is one Assignment. The
// result is in the list's order; hosts without a rank are left out. The index
// of an Assignment is its node.
func Assign(hosts []hostfile.Host, n, perNode int, by MapBy) ([]Assignment, error) {
	l, err := deal(hosts, n, perNode, by)
	if err != nil {
		return nil, err
	}
	all := make([]Assignment, len(l.nodes))
	for i, x := range l.nodes {
		all[i] = Assignment{Host: x.host, Ranks: make([]int, 0, x.total)}
	}
	for _, e := range l.entries {
		all[e.node].Ranks = append(all[e.node].Ranks, e.ranks...)
	}
	used := all[:0]
	for _, a := range all {
		if len(a.Ranks) > 0 {
			slices.Sort(a.Ranks)
			used = append(used, a)
		}
	}
	return used, nil
}

// deal places n ranks on the entries of a list.
func deal(hosts []hostfile.Host, n, perNode int, by MapBy) (*layout, error) {
	if len(hosts) == 0 {
		return nil, fmt.Errorf("launch: there is no host to place ranks on")
	}
	if n < 0 || perNode < 0 || n > maxRanks || perNode > maxRanks {
		return nil, fmt.Errorf("launch: %d ranks, %d a node: both must be from 0 (as many as there are slots; no limit) to %d", n, perNode, maxRanks)
	}
	l := newLayout(hosts, perNode)
	room := l.capacity()
	if n == 0 {
		if n = l.natural(); n > maxRanks {
			return nil, fmt.Errorf("launch: the hosts have more than %d slots: give the number of ranks", maxRanks)
		}
	}
	if n > room && perNode > 0 && room == perNode*len(l.nodes) {
		return nil, fmt.Errorf("launch: %d ranks do not fit on %d nodes with at most %d on each: at most %d do", n, len(l.nodes), perNode, room)
	}
	if n > room {
		return nil, fmt.Errorf("launch: %d ranks do not fit on %d nodes: by their most slots, at most %d do", n, len(l.nodes), room)
	}
	if by == ByEntry {
		l.wrap(n)
	} else {
		l.count(n, by)
		l.number(by)
	}
	return l, nil
}

// layout is ranks on hosts, being made.
type layout struct {
	entries []entry
	nodes   []node
}

// entry is a line of the list: count ranks on some of a node's slots.
type entry struct {
	node, slots, count int
	ranks              []int
}

// node is a host with all its entries: total ranks so far, of at most limit.
type node struct {
	host         hostfile.Host
	total, limit int
	wanted       int // ranks, when none are asked for
}

func newLayout(hosts []hostfile.Host, perNode int) *layout {
	l := &layout{}
	at := make(map[string]int, len(hosts))
	for _, h := range hosts {
		slots := max(h.Slots, 1)
		i, seen := at[h.Name]
		if !seen {
			i = len(l.nodes)
			at[h.Name] = i
			l.nodes = append(l.nodes, node{host: h})
			l.nodes[i].host.Slots = 0
		} else if x := &l.nodes[i].host; x.MaxSlots > 0 || h.MaxSlots > 0 {
			x.MaxSlots = max(x.MaxSlots, x.Slots) + max(h.MaxSlots, slots)
		}
		l.nodes[i].host.Slots += slots
		l.entries = append(l.entries, entry{node: i, slots: slots})
	}
	for i := range l.nodes {
		x := &l.nodes[i]
		x.limit = maxRanks
		if perNode > 0 {
			x.limit = perNode
		}
		if x.host.MaxSlots > 0 {
			x.limit = min(x.limit, x.host.MaxSlots)
		}
		if perNode > 0 {
			x.wanted = min(perNode, x.limit)
		} else {
			x.wanted = x.host.Slots
		}
	}
	return l
}

// capacity is how many ranks the nodes take at most, counted no further than
// maxRanks.
func (l *layout) capacity() int { return l.sum(func(x node) int { return x.limit }) }

// natural is the number of ranks when none is asked for, counted no further than
// one more than maxRanks.
func (l *layout) natural() int { return l.sum(func(x node) int { return x.wanted }) }

func (l *layout) sum(of func(node) int) int {
	n := 0
	for _, x := range l.nodes {
		if n += of(x); n > maxRanks {
			return maxRanks + 1
		}
	}
	return n
}

// count says how many of n ranks each entry takes. There is room for them.
func (l *layout) count(n int, by MapBy) {
	// In round r an entry takes up to r times its slots.
	for round := 1; n > 0; round++ {
		switch by {
		case ByNode:
			for open := l.all(); len(open) > 0; {
				more := open[:0]
				for _, i := range open {
					if l.room(i, round, min(n, 1)) > 0 {
						l.take(i, 1)
						n--
						more = append(more, i)
					}
				}
				open = more
			}
		default:
			for i := range l.entries {
				k := l.room(i, round, n)
				l.take(i, k)
				n -= k
			}
		}
	}
}

// room is how many more ranks, at most n, entry i takes in a round.
func (l *layout) room(i, round, n int) int {
	e := l.entries[i]
	x := l.nodes[e.node]
	return max(min(n, round*e.slots-e.count, x.limit-x.total), 0)
}

func (l *layout) take(i, n int) {
	l.entries[i].count += n
	l.nodes[l.entries[i].node].total += n
}

// number gives out the ranks that were counted.
func (l *layout) number(by MapBy) {
	rank := 0
	for open := l.all(); len(open) > 0; {
		more := open[:0]
		for _, i := range open {
			e := &l.entries[i]
			k := e.count - len(e.ranks)
			if by == ByNode {
				k = min(k, 1)
			}
			for range k {
				e.ranks = append(e.ranks, rank)
				rank++
			}
			if e.count > len(e.ranks) {
				more = append(more, i)
			}
		}
		open = more
	}
}

// all is the index of every entry.
func (l *layout) all() []int {
	is := make([]int, len(l.entries))
	for i := range is {
		is[i] = i
	}
	return is
}

// wrap gives n ranks to the entries in their order, again from the top when all
// slots are taken. There is room for them.
func (l *layout) wrap(n int) {
	rank := 0
	for round := 1; rank < n; round++ {
		for i := range l.entries {
			k := l.room(i, round, n-rank)
			l.take(i, k)
			for range k {
				l.entries[i].ranks = append(l.entries[i].ranks, rank)
				rank++
			}
		}
	}
}

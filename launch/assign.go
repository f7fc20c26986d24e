package launch

import (
	"fmt"

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
)

func (m MapBy) String() string {
	switch m {
	case BySlot:
		return "slot"
	case ByNode:
		return "node"
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
// A host takes no more than perNode ranks (0: no limit), and no more than its
// slots while any other has one left; beyond that, hosts are oversubscribed in
// rounds of their slots, which Assignment.Oversubscribed reports. By slot,
// ranks are numbered along the list; by node, around it.
//
// A host may stand in the list more than once: its entries are filled one by
// one, perNode holds for all of them together, and it is one Assignment. The
// result is in the list's order; hosts without a rank are left out. The index
// of an Assignment is its node.
func Assign(hosts []hostfile.Host, n, perNode int, by MapBy) ([]Assignment, error) {
	if len(hosts) == 0 {
		return nil, fmt.Errorf("launch: there is no host to place ranks on")
	}
	if n < 0 || perNode < 0 || n > maxRanks || perNode > maxRanks {
		return nil, fmt.Errorf("launch: %d ranks, %d a node: both must be from 0 (as many as there are slots; no limit) to %d", n, perNode, maxRanks)
	}
	l := newLayout(hosts, perNode)
	if n == 0 {
		n = l.natural()
	}
	if perNode > 0 && n > perNode*len(l.nodes) {
		return nil, fmt.Errorf("launch: %d ranks do not fit on %d nodes with at most %d on each: at most %d do", n, len(l.nodes), perNode, perNode*len(l.nodes))
	}
	if n > maxRanks {
		return nil, fmt.Errorf("launch: the hosts have %d slots, more than %d", n, maxRanks)
	}
	l.count(n, by)
	return l.number(by), nil
}

// layout is ranks on hosts, being made.
type layout struct {
	entries []entry
	nodes   []node
	perNode int
}

// entry is a line of the list: count ranks on some of a node's slots.
type entry struct{ node, slots, count int }

// node is a host with all its entries: total ranks, so far.
type node struct {
	host  hostfile.Host
	total int
}

func newLayout(hosts []hostfile.Host, perNode int) *layout {
	l := &layout{perNode: perNode}
	at := map[string]int{}
	for _, h := range hosts {
		slots := max(h.Slots, 1)
		i, seen := at[h.Name]
		if !seen {
			i = len(l.nodes)
			at[h.Name] = i
			l.nodes = append(l.nodes, node{host: hostfile.Host{Name: h.Name}})
		}
		l.nodes[i].host.Slots += slots
		l.entries = append(l.entries, entry{node: i, slots: slots})
	}
	return l
}

// natural is the number of ranks when none is asked for.
func (l *layout) natural() int {
	if l.perNode > 0 {
		return l.perNode * len(l.nodes)
	}
	n := 0
	for _, x := range l.nodes {
		n += x.host.Slots
	}
	return n
}

// count says how many of n ranks each entry takes. There is room for them.
func (l *layout) count(n int, by MapBy) {
	// In round r an entry takes up to r times its slots.
	for round := 1; n > 0; round++ {
		switch by {
		case ByNode:
			for took := true; took && n > 0; {
				took = false
				for i := range l.entries {
					if k := l.room(i, round, min(n, 1)); k > 0 {
						l.take(i, k)
						n--
						took = true
					}
				}
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
	n = min(n, round*e.slots-e.count)
	if l.perNode > 0 {
		n = min(n, l.perNode-l.nodes[e.node].total)
	}
	return max(n, 0)
}

func (l *layout) take(i, n int) {
	l.entries[i].count += n
	l.nodes[l.entries[i].node].total += n
}

// number gives out the ranks.
func (l *layout) number(by MapBy) []Assignment {
	ranks := make([][]int, len(l.nodes))
	for i, x := range l.nodes {
		ranks[i] = make([]int, 0, x.total)
	}
	rank := 0
	for again := true; again; {
		again = false
		for i := range l.entries {
			e := &l.entries[i]
			k := e.count
			if by == ByNode {
				k = min(k, 1)
			}
			for range k {
				ranks[e.node] = append(ranks[e.node], rank)
				rank++
			}
			e.count -= k
			again = again || e.count > 0
		}
	}
	var used []Assignment
	for i, x := range l.nodes {
		if len(ranks[i]) > 0 {
			used = append(used, Assignment{Host: x.host, Ranks: ranks[i]})
		}
	}
	return used
}

package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"numcomp/comm"
)

// MaxSampled is how many ranks try each other: all of a world that is no larger,
// else some of every node.
const MaxSampled = 16

const (
	probeTimeout = 3 * time.Second // of one address
	pingRounds   = 21              // the first warms up
	pingTag      = 1
)

// Peer is where a rank is.
type Peer struct {
	Node  int
	Addrs []netip.AddrPort // as they are tried
}

// Probe tells whether addr leads to rank to.
type Probe func(ctx context.Context, to int, addr netip.AddrPort) error

// Exchange is collective: every rank passes what it has found out about itself.
// Rank 0 gets all ranks and, of a sample of them, who reaches whom; the others
// get nothing. A pair that reaches each other by no address is no error here.
func Exchange(ctx context.Context, c *comm.Comm, self Rank, peers []Peer, probe Probe) ([]Rank, []Pair, error) {
	sample := Sample(peers, MaxSampled)
	pairs := reach(ctx, c.Rank(), sample, peers, probe)
	text, err := json.Marshal(struct {
		Rank  Rank
		Pairs []Pair
	}{self, pairs})
	if err != nil {
		return nil, nil, err
	}
	all, err := gather(ctx, c, text)
	if err != nil {
		return nil, nil, err
	}
	var ranks []Rank
	var every []Pair
	for r, text := range all {
		var from struct {
			Rank  Rank
			Pairs []Pair
		}
		if err := json.Unmarshal(text, &from); err != nil {
			return nil, nil, fmt.Errorf("cannot read what rank %d reports: %w", r, err)
		}
		ranks = append(ranks, from.Rank)
		every = append(every, from.Pairs...)
	}
	every, err = measure(ctx, c, sample, every)
	return ranks, every, err
}

// Sample chooses at most limit ranks, ascending: all, or of the nodes in turn
// the first ranks, the nodes evenly spread if there are more than that.
func Sample(peers []Peer, limit int) []int {
	var nodes [][]int
	index := map[int]int{}
	for r, p := range peers {
		n, ok := index[p.Node]
		if !ok {
			n = len(nodes)
			index[p.Node] = n
			nodes = append(nodes, nil)
		}
		nodes[n] = append(nodes[n], r)
	}
	var out []int
	if len(nodes) >= limit {
		for i := range limit {
			out = append(out, nodes[i*len(nodes)/limit][0])
		}
		return out
	}
	for depth := 0; len(out) < min(limit, len(peers)); depth++ {
		for _, node := range nodes {
			if depth < len(node) && len(out) < limit {
				out = append(out, node[depth])
			}
		}
	}
	slices.Sort(out)
	return out
}

// reach tries every address of the other ranks of the sample until one works,
// several ranks at a time.
func reach(ctx context.Context, me int, sample []int, peers []Peer, probe Probe) []Pair {
	if !slices.Contains(sample, me) {
		return nil
	}
	found := make(chan Pair, len(sample))
	n := 0
	for _, to := range sample {
		if to == me {
			continue
		}
		n++
		go func() { found <- try(ctx, me, to, peers[to].Addrs, probe) }()
	}
	var pairs []Pair
	for range n {
		pairs = append(pairs, <-found)
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return a.To - b.To })
	return pairs
}

func try(ctx context.Context, from, to int, addrs []netip.AddrPort, probe Probe) Pair {
	p := Pair{From: from, To: to, Failed: []Failure{}}
	for _, a := range addrs {
		one, cancel := context.WithTimeout(ctx, probeTimeout)
		err := probe(one, to, a)
		cancel()
		if err == nil {
			p.Address = a.String()
			break
		}
		p.Failed = append(p.Failed, Failure{a.String(), err.Error()})
	}
	return p
}

// gather brings every rank's text to rank 0.
func gather(ctx context.Context, c *comm.Comm, text []byte) ([][]byte, error) {
	lengths := make([]int64, c.Size())
	if err := comm.Gather(ctx, c, []int64{int64(len(text))}, lengths, 0); err != nil {
		return nil, err
	}
	counts, total := make([]int, c.Size()), 0
	for r, n := range lengths {
		counts[r] = int(n)
		total += int(n)
	}
	if c.Rank() != 0 {
		return nil, comm.Gatherv(ctx, c, text, nil, nil, nil, 0)
	}
	whole := make([]byte, total)
	if err := comm.Gatherv(ctx, c, text, whole, counts, nil, 0); err != nil {
		return nil, err
	}
	var all [][]byte
	for _, n := range counts {
		all = append(all, whole[:n])
		whole = whole[n:]
	}
	return all, nil
}

// measure is collective: ranks of the sample that reach each other both ways play
// ping-pong, pair after pair in one order, so that no two pairs wait for each
// other in a circle. Rank 0 passes all pairs and gets them with their latencies.
func measure(ctx context.Context, c *comm.Comm, sample []int, pairs []Pair) ([]Pair, error) {
	// Who plays with whom, as rank 0 knows it: one element for every pair.
	plan := make([]int32, len(sample)*len(sample))
	at := func(from, to int) int { return slices.Index(sample, from)*len(sample) + slices.Index(sample, to) }
	for _, p := range pairs {
		if p.Address != "" {
			plan[at(p.From, p.To)] = 1
		}
	}
	if err := comm.Bcast(ctx, c, plan, 0); err != nil {
		return nil, err
	}
	took := make([]float64, len(plan))
	for _, a := range sample {
		for _, b := range sample {
			if a >= b || plan[at(a, b)] == 0 || plan[at(b, a)] == 0 || c.Rank() != a && c.Rank() != b {
				continue
			}
			half, err := pingPong(ctx, c, a, b)
			if err != nil {
				return nil, err
			}
			if c.Rank() == a {
				took[at(a, b)] = half
			}
		}
	}
	if err := comm.Allreduce(ctx, c, took, took, comm.Sum[float64]()); err != nil {
		return nil, err
	}
	for i := range pairs {
		p := &pairs[i]
		p.Latency = took[at(min(p.From, p.To), max(p.From, p.To))]
	}
	return pairs, nil
}

// pingPong returns, at rank a, the median half round trip between a and b in
// microseconds.
func pingPong(ctx context.Context, c *comm.Comm, a, b int) (float64, error) {
	word := make([]int64, 1)
	var trips []time.Duration
	for range pingRounds {
		if c.Rank() == b {
			if _, err := comm.Recv(ctx, c, a, pingTag, word); err != nil {
				return 0, err
			}
			if err := comm.Send(ctx, c, a, pingTag, word); err != nil {
				return 0, err
			}
			continue
		}
		began := time.Now()
		if err := comm.Send(ctx, c, b, pingTag, word); err != nil {
			return 0, err
		}
		if _, err := comm.Recv(ctx, c, b, pingTag, word); err != nil {
			return 0, err
		}
		trips = append(trips, time.Since(began))
	}
	if len(trips) == 0 {
		return 0, nil
	}
	trips = trips[1:]
	slices.Sort(trips)
	return float64(trips[len(trips)/2].Nanoseconds()) / 2e3, nil
}

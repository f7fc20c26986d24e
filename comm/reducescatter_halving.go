package comm

import "math/bits"

// Recursive halving reduce-scatter.
//
// Idea: in each step every rank exchanges, with a rank of the other half of the
// ranks, that half's blocks for its own half's, and combines; the halves halve
// until each rank has its own block. If p is no power of two, ranks pair up as
// in allreduce.go and the upper of a pair keeps the blocks of both until the
// end.
//
// Steps: log2 p; floor(log2 p) + 2 if p is no power of two. Messages: one a rank
// and step. Bytes: (p-1) times the vector for a power of two.
// Restrictions: the operation commutes. Needs memory for one and a half vectors.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521, section 4.4; MPICH's choice for short vectors.
func reduceScatterHalving(x *call) error {
	p, rank := x.c.size, x.c.rank
	players := floorPowerOfTwo(p)
	me := player(rank, p)
	if me < 0 {
		x.isend(rank+1, x.send)
		if err := x.wait(); err != nil {
			return err
		}
		x.irecv(rank+1, x.recv)
		return x.wait()
	}
	// The blocks of players [lo, hi) are those of the ranks they stand for.
	blocks := func(buf []byte, lo, hi int) []byte {
		return buf[x.in.end(playerFirst(lo, p)-1):x.in.end(playerFirst(hi, p)-1)]
	}
	sum, theirs := x.temporary(len(x.send)), x.temporary(len(x.send))
	copy(sum, x.send)
	if me < p-players {
		if err := x.waitFor(x.irecv(rank-1, theirs)); err != nil {
			return err
		}
		x.fold(sum, theirs, sum)
	}
	lo, hi := 0, players
	for d := players / 2; d > 0; d /= 2 {
		keep, give := halves(lo, hi, me&d == 0)
		peer := playerRank(me^d, p)
		mine := blocks(sum, keep[0], keep[1])
		x.irecv(peer, theirs[:len(mine)])
		x.isend(peer, blocks(sum, give[0], give[1]))
		if err := x.wait(); err != nil {
			return err
		}
		x.foldInOrder(mine, mine, theirs[:len(mine)], me&d == 0)
		lo, hi = keep[0], keep[1]
	}
	copy(x.recv, x.in.block(sum, rank))
	if me < p-players {
		x.isend(rank-1, x.in.block(sum, rank-1))
	}
	return x.wait()
}

// playerFirst is the first rank that a player stands for; of players 2^k, p.
func playerFirst(player, p int) int {
	if extra := p - floorPowerOfTwo(p); player >= extra {
		return player + extra
	}
	return 2 * player
}

func reduceScatterHalvingCost(w Workload) Cost {
	players := floorPowerOfTwo(w.Ranks)
	extra := w.Ranks - players
	log := bits.Len(uint(players)) - 1
	block := w.Count * w.Size
	c := Cost{
		Steps:    log,
		Messages: players*log + 2*extra,
		Bytes:    (players-1+extra)*w.Ranks*block + extra*block,
	}
	if extra > 0 {
		c.Steps += 2
	}
	return c
}

package comm

import (
	"context"
	"math/bits"

	"numcomp/comm/transport"
)

// Allreduce is Reduce with the result at every rank, bit for bit the same.
//
// send and recv may be the same slice.
func Allreduce[T Element](ctx context.Context, c *Comm, send, recv []T, op Op[T]) error {
	if err := checkOp(c, allreduce, op); err != nil {
		return err
	}
	if err := c.checkVectors(allreduce, bytesOf(send), bytesOf(recv), sizeOf[T]()); err != nil {
		return err
	}
	if m := c.machine(allreduce); m != nil {
		done, err := m.Run(ctx, transport.Collective{Kind: transport.Allreduce, Send: bytesOf(send), Recv: bytesOf(recv), Element: elementOf[T](), Op: op.native})
		if done || err != nil {
			return c.carried(allreduce, err)
		}
	}
	x := c.newCall(ctx, allreduce)
	x.send, x.recv = bytesOf(send), bytesOf(recv)
	reduceBy(x, op)
	return x.run(x.chooseNode(allreduceNode, x.allreduceChosen()))
}

// allreduceChosen: a short vector is reduced whole, in the fewest steps; a long
// one is cut up, in twice the steps, each of a part. With fewer than four ranks
// that saves no bytes: a rank sends (log2 p) n whole, 2 n (p-1)/p in parts.
func (x *call) allreduceChosen() func(*call) error {
	if n := len(x.recv); n <= x.c.tuning.allreduceShort || x.c.size < 4 {
		return allreduceDoubling
	}
	return allreduceHalving
}

// Both algorithms want a power of two of ranks. So the first 2 (p - 2^k) ranks
// pair up, 2^k being the largest power of two up to p: the lower of a pair gives
// its vector to the upper, sits out, and gets the result at the end. The ranks
// that stay are numbered anew, in order; each stands for a run of ranks, which
// keeps operations that do not commute in rank order.

// player is a rank's number among the 2^k that stay, -1 if it sits out.
func player(rank, p int) int {
	extra := p - floorPowerOfTwo(p)
	switch {
	case rank >= 2*extra:
		return rank - extra
	case rank%2 == 1:
		return rank / 2
	}
	return -1
}

// playerRank is the rank of a player.
func playerRank(player, p int) int {
	if extra := p - floorPowerOfTwo(p); player >= extra {
		return player + extra
	}
	return 2*player + 1
}

// allreducePowerOfTwo runs an allreduce of x.recv, which holds this rank's
// vector, among a power of two of players, and lets the others sit out.
func (x *call) allreducePowerOfTwo(play func(x *call, me, players int) error) error {
	copyUnlessAlias(x.recv, x.send)
	p, rank := x.c.size, x.c.rank
	players, n := floorPowerOfTwo(p), len(x.recv)
	me := player(rank, p)
	mark := announced(n, x.c.tuning.allreduceShort)
	if me < 0 {
		if mark {
			x.announce(rank+1, n)
		}
		if n > 0 {
			x.isend(rank+1, x.recv)
			if err := x.wait(); err != nil { // sent before it is overwritten
				return err
			}
			x.irecv(rank+1, x.recv)
		}
		return x.wait()
	}
	forTwo := me < p-players // stands for the rank below too
	if forTwo {
		other := x.temporary(n)
		if mark {
			if err := x.expect(rank-1, n)(); err != nil {
				return err
			}
		}
		if n > 0 {
			if err := x.waitFor(x.irecv(rank-1, other)); err != nil {
				return err
			}
			x.fold(x.recv, other, x.recv)
		}
	}
	if err := play(x, me, players); err != nil {
		return err
	}
	if forTwo && n > 0 {
		x.isend(rank-1, x.recv)
	}
	return x.wait()
}

// exchange sends out to a player and receives in from it. In the first exchange
// with it, a length that is announced is compared.
func (x *call) exchange(with int, out, in []byte, first bool) error {
	peer, n := playerRank(with, x.c.size), len(x.recv)
	if first && announced(n, x.c.tuning.allreduceShort) {
		x.announce(peer, n)
		if err := x.expect(peer, n)(); err != nil {
			return err
		}
	}
	if n == 0 {
		return x.wait()
	}
	x.irecv(peer, in)
	x.isend(peer, out)
	return x.wait()
}

// allreduceCost is the cost of an allreduce whose players' part is rounds
// exchanges of bytes together: what sits out is added, and the announcements in
// the first, of the log2 rounds with different players.
func allreduceCost(w Workload, rounds, bytes int) Cost {
	players := floorPowerOfTwo(w.Ranks)
	extra := w.Ranks - players
	n := w.Count * w.Size
	log := bits.Len(uint(players)) - 1
	var c Cost
	if n > 0 {
		c = Cost{Steps: rounds, Messages: players*rounds + 2*extra, Bytes: bytes + 2*extra*n}
		if extra > 0 {
			c.Steps += 2
		}
	}
	if announced(n, w.Short) {
		meetings := players*log + extra
		c.Messages += 2 * meetings
		c.Bytes += 8 * meetings
		c.Steps += 2 * log
		if extra > 0 {
			c.Steps += 2
		}
	}
	return c
}

package comm

import "math/bits"

// Rabenseifner's allreduce: reduce-scatter by recursive halving, then allgather
// by recursive doubling.
//
// Idea: the vector is cut into as many parts as there are ranks. In step k every
// rank exchanges, with the rank whose number differs in bit k, half of the parts
// that it still combines for the half that it keeps; after log2 p steps it has
// one part, of all ranks. The same steps backwards give every rank every part.
// Partners near in number come first, so each combines runs of ranks in order.
// If p is no power of two, see allreduce.go.
//
// Steps: 2 log2 p; 2 floor(log2 p) + 2 if p is no power of two. Messages: one a
// rank and step. Bytes: 2 (p-1) n for a power of two.
// Restrictions: none.
// Source: R. Rabenseifner, Optimization of collective reduction operations, ICCS
// 2004, doi:10.1007/978-3-540-24685-5_1; MPICH's choice for long vectors.
func allreduceHalving(x *call) error {
	return x.allreducePowerOfTwo(func(x *call, me, players int) error {
		elements := len(x.recv) / x.size
		part := func(i int) int { return i*(elements/players) + min(i, elements%players) }
		vector := func(lo, hi int) []byte { return x.recv[part(lo)*x.size : part(hi)*x.size] }
		theirs := x.temporary((elements/2 + players) * x.size)

		type span struct{ lo, hi int } // parts
		var kept []span                // by step, before it
		own := span{0, players}
		for d := 1; d < players; d *= 2 {
			kept = append(kept, own)
			keep, give := halves(own.lo, own.hi, me&d == 0)
			mine := vector(keep[0], keep[1])
			if err := x.exchange(me^d, vector(give[0], give[1]), theirs[:len(mine)], true); err != nil {
				return err
			}
			x.foldInOrder(mine, mine, theirs[:len(mine)], me&d == 0)
			own = span{keep[0], keep[1]}
		}
		for d := players / 2; d > 0; d /= 2 {
			whole := kept[len(kept)-1]
			kept = kept[:len(kept)-1]
			keep, give := halves(whole.lo, whole.hi, me&d == 0)
			if err := x.exchange(me^d, vector(keep[0], keep[1]), vector(give[0], give[1]), false); err != nil {
				return err
			}
		}
		return nil
	})
}

// halves cuts [lo, hi) in two and says which is kept and which given away.
func halves(lo, hi int, lower bool) (keep, give [2]int) {
	mid := (lo + hi) / 2
	if lower {
		return [2]int{lo, mid}, [2]int{mid, hi}
	}
	return [2]int{mid, hi}, [2]int{lo, mid}
}

func allreduceHalvingCost(w Workload) Cost {
	players := floorPowerOfTwo(w.Ranks)
	log := bits.Len(uint(players)) - 1
	return allreduceCost(w, 2*log, 2*(players-1)*w.Count*w.Size)
}

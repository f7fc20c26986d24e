package comm

import "math/bits"

// Recursive doubling allreduce.
//
// Idea: in step k every rank exchanges its whole vector with the rank whose
// number differs in bit k, and both combine the two: after log2 p steps each has
// combined all. If p is no power of two, see allreduce.go.
//
// Steps: log2 p, of the whole vector; floor(log2 p) + 2 if p is no power of two.
// Messages: one a rank and step. Bytes: p n log2 p for a power of two.
// Restrictions: none.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521, section 4.5; MPICH's choice for short vectors.
func allreduceDoubling(x *call) error {
	return x.allreducePowerOfTwo(func(x *call, me, players int) error {
		theirs := x.temporary(len(x.recv))
		for d := 1; d < players; d *= 2 {
			if err := x.exchange(me^d, x.recv, theirs, true); err != nil {
				return err
			}
			x.foldInOrder(x.recv, x.recv, theirs, me&d == 0)
		}
		return nil
	})
}

// foldInOrder combines mine and theirs into dst; lower tells that mine is what
// the lower ranks contributed.
func (x *call) foldInOrder(dst, mine, theirs []byte, lower bool) {
	if lower {
		x.fold(dst, mine, theirs)
		return
	}
	x.fold(dst, theirs, mine)
}

func allreduceDoublingCost(w Workload) Cost {
	players := floorPowerOfTwo(w.Ranks)
	log := bits.Len(uint(players)) - 1
	return allreduceCost(w, log, players*log*w.Count*w.Size)
}

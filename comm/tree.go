package comm

import "math/bits"

// Trees are drawn for root 0 over vertices 0 to p-1.
//
// The binomial tree: a vertex's parent clears its lowest set bit, so the subtree
// of v is the vertices from v up to, not including, v + reach(v).

// ceilLog2 is the number of times one must be doubled to reach p.
func ceilLog2(p int) int { return bits.Len(uint(p - 1)) }

// floorPowerOfTwo is the largest power of two that is at most p.
func floorPowerOfTwo(p int) int { return 1 << (bits.Len(uint(p)) - 1) }

// reach is the distance from v to the end of its binomial subtree in a tree
// that is not cut off at p.
func reach(v, p int) int {
	if v == 0 {
		return 1 << ceilLog2(p)
	}
	return v & -v
}

// binomialParent is the parent of v, which is not 0.
func binomialParent(v int) int { return v & (v - 1) }

// binomialChildren calls visit for every child of v with the size of its
// subtree, the largest subtree first.
func binomialChildren(v, p int, visit func(child, size int)) {
	for m := reach(v, p) >> 1; m > 0; m >>= 1 {
		if v+m < p {
			visit(v+m, min(m, p-v-m))
		}
	}
}

// binomialSize is the size of v's subtree.
func binomialSize(v, p int) int { return min(reach(v, p), p-v) }

// binomialEdges is the sum of all subtrees' sizes but the root's: how many
// blocks cross the tree's edges when every vertex has one for the root.
func binomialEdges(p int) int {
	sum := 0
	for v := 1; v < p; v++ {
		sum += binomialSize(v, p)
	}
	return sum
}

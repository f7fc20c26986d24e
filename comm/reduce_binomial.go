package comm

// Binomial tree reduction.
//
// Idea: the broadcast's tree, upwards: a rank combines its vector with those of
// its children, nearest first, and sends the result to its parent. A subtree is
// a run of ranks, so the order of the ranks is kept if the tree's root is rank 0;
// an operation that does not commute is reduced there and then sent to the root.
// While one child's vector is combined, the next one's is on its way.
//
// Steps: ceil(log2 p), of the whole vector; one more if the operation does not
// commute and the root is not rank 0. Messages: p-1 (then p). Bytes: (p-1) n
// (then p n).
// Restrictions: none.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521, section 4.4; MPICH's choice for short vectors.
func reduceBinomial(x *call) error {
	if x.commutes || x.root == 0 {
		return reduceTree(x, x.root, x.recv)
	}
	const first = 0
	var result []byte
	if x.c.rank == first {
		result = x.temporary(len(x.send))
	}
	if err := reduceTree(x, first, result); err != nil {
		return err
	}
	switch x.c.rank {
	case first:
		x.isend(x.root, result)
	case x.root:
		x.irecv(first, x.recv)
	}
	return x.wait()
}

// reduceTree reduces every rank's x.send to result at root. result may be
// x.send.
func reduceTree(x *call, root int, result []byte) error {
	p, n := x.c.size, len(x.send)
	v := (x.c.rank - root + p) % p
	var children []int // nearest first
	for m := 1; m < reach(v, p) && v+m < p; m *= 2 {
		children = append(children, (v+m+root)%p)
	}
	sum := x.send
	if len(children) > 0 {
		if v != 0 {
			result = x.temporary(n)
		}
		buffers := [2][]byte{x.temporary(n)}
		if len(children) > 1 {
			buffers[1] = x.temporary(n)
		}
		next := x.irecv(children[0], buffers[0])
		for i := range children {
			if err := x.waitFor(next); err != nil {
				return err
			}
			if i+1 < len(children) {
				next = x.irecv(children[i+1], buffers[(i+1)%2])
			}
			x.fold(result, sum, buffers[i%2])
			sum = result
		}
	}
	if v == 0 {
		copyUnlessAlias(result, sum)
		return nil
	}
	x.isend((binomialParent(v)+root)%p, sum)
	return x.wait()
}

// reduceBinomialCost is the cost for an operation that commutes.
func reduceBinomialCost(w Workload) Cost {
	return Cost{Steps: ceilLog2(w.Ranks), Messages: w.Ranks - 1, Bytes: (w.Ranks - 1) * w.Count * w.Size}
}

package comm

// Recursive doubling scan, inclusive and exclusive.
//
// Idea: before step k every rank has combined the last 2^k ranks up to itself;
// it sends that to the rank 2^k after it and puts what the rank 2^k before it
// sends to the left of its own. An exclusive scan keeps a second sum that leaves
// out the rank itself.
//
// Steps: ceil(log2 p), of the whole vector. Messages: p - 2^k in step k. Bytes: n
// a message.
// Restrictions: none.
// Source: W. D. Hillis, G. L. Steele, Data parallel algorithms, CACM 29(12),
// 1986, doi:10.1145/7902.7903; Open MPI's "recursive_doubling" scan.
func scanDoubling(x *call) error {
	copyUnlessAlias(x.recv, x.send)
	return x.prefix(x.recv, func([]byte) {})
}

func exscanDoubling(x *call) error {
	sum := x.temporary(len(x.send))
	copy(sum, x.send) // which recv may be
	first := true
	return x.prefix(sum, func(theirs []byte) {
		if first {
			copy(x.recv, theirs)
			first = false
			return
		}
		x.fold(x.recv, theirs, x.recv)
	})
}

// prefix runs the steps on sum, which holds this rank's vector, and shows seen
// what comes in.
func (x *call) prefix(sum []byte, seen func(theirs []byte)) error {
	p, me := x.c.size, x.c.rank
	theirs := x.temporary(len(sum))
	for d := 1; d < p; d *= 2 {
		if me >= d {
			x.irecv(me-d, theirs)
		}
		if me+d < p {
			x.isend(me+d, sum)
		}
		if err := x.wait(); err != nil {
			return err
		}
		if me >= d {
			seen(theirs)
			x.fold(sum, theirs, sum)
		}
	}
	return nil
}

func scanDoublingCost(w Workload) Cost {
	messages := 0
	for d := 1; d < w.Ranks; d *= 2 {
		messages += w.Ranks - d
	}
	return Cost{Steps: ceilLog2(w.Ranks), Messages: messages, Bytes: messages * w.Count * w.Size}
}

package comm

import "encoding/binary"

// Binomial tree scatter.
//
// Idea: the broadcast's tree, but a rank passes to each child only the blocks of
// that child's subtree, in one message. If the blocks vary, their lengths go
// down the same way first. The root sends straight from where a subtree's blocks
// lie side by side.
//
// Steps: ceil(log2 p), twice that if the blocks vary. Messages: p-1, twice that
// if they vary. Bytes: each block once for every edge on its way from the root;
// if they vary, 8 more a block and edge.
// Restrictions: none. Ranks inside the tree need memory for their subtree.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521; MPICH's binomial scatter.
func scatterBinomial(x *call) error {
	v, p := x.relative(x.c.rank), x.c.size
	lengths, err := scatterLengths(x, v, p)
	if err != nil {
		return err
	}
	if v == 0 {
		binomialChildren(0, p, func(child, size int) {
			x.isend(x.absolute(child), scatterParcel(x, child, size))
		})
		copyUnlessAlias(x.recv, x.in.block(x.send, x.root))
		return x.wait()
	}
	parent := x.absolute(binomialParent(v))
	if len(lengths) == 1 {
		x.irecv(parent, x.recv)
		return x.wait()
	}
	at := offsets(lengths)
	buf := x.temporary(at[len(lengths)])
	if err := x.waitFor(x.irecv(parent, buf)); err != nil {
		return err
	}
	binomialChildren(v, p, func(child, size int) {
		x.isend(x.absolute(child), buf[at[child-v]:at[child-v+size]])
	})
	copy(x.recv, buf)
	return x.wait()
}

// scatterLengths returns the lengths of the blocks of v's subtree and, if they
// vary, sends every child those of its own. It compares this rank's with recv.
func scatterLengths(x *call, v, p int) ([]int, error) {
	lengths := make([]int, binomialSize(v, p))
	if !x.varying {
		for i := range lengths {
			lengths[i] = x.in.count(x.absolute(v + i))
		}
		return lengths, nil
	}
	wire := make([]byte, 8*len(lengths))
	if v == 0 {
		for i := range lengths {
			binary.LittleEndian.PutUint64(wire[8*i:], uint64(x.in.count(x.absolute(i))))
		}
	} else if err := x.waitFor(x.irecv(x.absolute(binomialParent(v)), wire)); err != nil {
		return nil, err
	}
	for i := range lengths {
		lengths[i] = int(binary.LittleEndian.Uint64(wire[8*i:]))
	}
	if lengths[0] != len(x.recv) {
		return nil, x.c.peerError(x.kind.String(), "recv", x.root, -1, lengthError(lengths[0], len(x.recv)))
	}
	binomialChildren(v, p, func(child, size int) {
		x.isend(x.absolute(child), wire[8*(child-v):8*(child-v+size)])
	})
	return lengths, nil
}

// scatterParcel is the root's message for the size ranks from distance child
// on: their blocks, copied together unless they lie side by side.
func scatterParcel(x *call, child, size int) []byte {
	if buf, placed := x.in.span(x.send, x.absolute(child), size, x.c.size); placed {
		return buf
	}
	n := 0
	for v := child; v < child+size; v++ {
		n += x.in.count(x.absolute(v))
	}
	buf := x.temporary(n)
	at := 0
	for v := child; v < child+size; v++ {
		at += copy(buf[at:], x.in.block(x.send, x.absolute(v)))
	}
	return buf
}

func scatterBinomialCost(w Workload) Cost  { return gatherBinomialCost(w) }
func scattervBinomialCost(w Workload) Cost { return gathervBinomialCost(w) }

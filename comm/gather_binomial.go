package comm

import "encoding/binary"

// Binomial tree gather.
//
// Idea: the broadcast's tree, upwards: a rank collects the blocks of its subtree
// and sends them to its parent in one message. If the blocks vary, their lengths
// go up the same way first, so that every rank knows what to expect. The root
// receives straight into place where a subtree's blocks lie side by side.
//
// Steps: ceil(log2 p), twice that if the blocks vary. Messages: p-1, twice that
// if they vary. Bytes: each block once for every edge on its way to the root, on
// average ceil(log2 p)/2; if they vary, 8 more a block and edge.
// Restrictions: none. Ranks inside the tree need memory for their subtree.
// Source: R. Thakur, R. Rabenseifner, W. Gropp, Optimization of collective
// communication operations in MPICH, IJHPCA 19(1), 2005,
// doi:10.1177/1094342005051521; MPICH's binomial gather.
func gatherBinomial(x *call) error {
	v, p := x.relative(x.c.rank), x.c.size
	lengths, err := gatherLengths(x, v, p)
	if err != nil {
		return err
	}
	if v == 0 {
		return gatherRoot(x, p)
	}
	parent := x.absolute(binomialParent(v))
	if len(lengths) == 1 {
		x.isend(parent, x.send)
		return x.wait()
	}
	at := offsets(lengths)
	buf := x.temporary(at[len(lengths)])
	binomialChildren(v, p, func(child, size int) {
		x.irecv(x.absolute(child), buf[at[child-v]:at[child-v+size]])
	})
	copy(buf, x.send)
	if err := x.wait(); err != nil {
		return err
	}
	x.isend(parent, buf)
	return x.wait()
}

// gatherLengths returns the lengths of the blocks of v's subtree, which lie at
// distances v, v+1, ... from the root. At the root it compares them with what
// the root expects.
func gatherLengths(x *call, v, p int) ([]int, error) {
	lengths := make([]int, binomialSize(v, p))
	if !x.varying {
		for i := range lengths {
			lengths[i] = len(x.send)
		}
		return lengths, nil
	}
	wire := make([]byte, 8*len(lengths))
	binary.LittleEndian.PutUint64(wire, uint64(len(x.send)))
	binomialChildren(v, p, func(child, size int) {
		x.irecv(x.absolute(child), wire[8*(child-v):8*(child-v+size)])
	})
	if err := x.wait(); err != nil {
		return nil, err
	}
	for i := range lengths {
		lengths[i] = int(binary.LittleEndian.Uint64(wire[8*i:]))
		if r := x.absolute(v + i); v == 0 && lengths[i] != x.out.count(r) {
			return nil, x.c.peerError(x.kind.String(), "recv", r, -1, lengthError(lengths[i], x.out.count(r)))
		}
	}
	if v != 0 {
		x.isend(x.absolute(binomialParent(v)), wire)
	}
	return lengths, nil
}

// gatherRoot receives the subtrees of the root's children.
func gatherRoot(x *call, p int) error {
	type parcel struct {
		buf         []byte
		first, size int // distances from the root
	}
	var parcels []parcel // what has to be put into place
	binomialChildren(0, p, func(child, size int) {
		buf, placed := x.out.span(x.recv, x.absolute(child), size, p)
		if !placed {
			n := 0
			for v := child; v < child+size; v++ {
				n += x.out.count(x.absolute(v))
			}
			buf = x.temporary(n)
			parcels = append(parcels, parcel{buf, child, size})
		}
		x.irecv(x.absolute(child), buf)
	})
	copyUnlessAlias(x.out.block(x.recv, x.root), x.send)
	if err := x.wait(); err != nil {
		return err
	}
	for _, b := range parcels {
		for v := b.first; v < b.first+b.size; v++ {
			n := copy(x.out.block(x.recv, x.absolute(v)), b.buf)
			b.buf = b.buf[n:]
		}
	}
	return nil
}

// offsets returns where blocks of these lengths begin when they lie one after
// the other, and, last, where they end.
func offsets(lengths []int) []int {
	at := make([]int, len(lengths)+1)
	for i, n := range lengths {
		at[i+1] = at[i] + n
	}
	return at
}

func gatherBinomialCost(w Workload) Cost {
	return Cost{
		Steps:    ceilLog2(w.Ranks),
		Messages: w.Ranks - 1,
		Bytes:    binomialEdges(w.Ranks) * w.Count * w.Size,
	}
}

func gathervBinomialCost(w Workload) Cost {
	return Cost{
		Steps:    2 * ceilLog2(w.Ranks),
		Messages: 2 * (w.Ranks - 1),
		Bytes:    binomialEdges(w.Ranks) * (w.Count*w.Size + 8),
	}
}

package comm

// Bruck's all-to-all.
//
// Idea: a block travels its distance, from its sender to its receiver, as a sum
// of powers of two: in step k every rank sends the rank 2^k after it all blocks
// it holds whose distance has bit k, in one message.
//
// Steps: ceil(log2 p). Messages: p a step. Bytes: in step k, for each rank, the
// blocks whose distance in [0, p) has bit k; about p n (p/2) log2 p in all.
// Restrictions: none. Needs memory for twice the buffer.
// Source: J. Bruck, C.-T. Ho, S. Kipnis, E. Upfal, D. Weathersby, Efficient
// algorithms for all-to-all communications in multiport message-passing
// systems, IEEE TPDS 8(11), 1997, doi:10.1109/71.642949; MPICH's choice for
// short blocks.
func alltoallBruck(x *call) error {
	p, me, n := x.c.size, x.c.rank, x.in.n
	blocks := x.temporary(p * n) // by distance still to be told apart
	for i := range p {
		copy(blocks[i*n:(i+1)*n], x.in.block(x.send, (me+i)%p))
	}
	out, in := x.temporary(bruckBlocks(p)*n), x.temporary(bruckBlocks(p)*n)
	for d := 1; d < p; d *= 2 {
		at := 0
		for i := range p {
			if i&d != 0 {
				at += copy(out[at:], blocks[i*n:(i+1)*n])
			}
		}
		x.irecv((me+p-d)%p, in[:at])
		x.isend((me+d)%p, out[:at])
		if err := x.wait(); err != nil {
			return err
		}
		at = 0
		for i := range p {
			if i&d != 0 {
				at += copy(blocks[i*n:(i+1)*n], in[at:])
			}
		}
	}
	for i := range p {
		copy(x.out.block(x.recv, (me+p-i)%p), blocks[i*n:(i+1)*n])
	}
	return nil
}

// bruckBlocks bounds the blocks of one message: of any two distances that
// differ in one bit, one has it.
func bruckBlocks(p int) int { return (p + 1) / 2 }

func alltoallBruckCost(w Workload) Cost {
	p := w.Ranks
	moved := 0
	for i := range p {
		for d := 1; d < p; d *= 2 {
			if i&d != 0 {
				moved++
			}
		}
	}
	return Cost{Steps: ceilLog2(p), Messages: p * ceilLog2(p), Bytes: p * moved * w.Count * w.Size}
}

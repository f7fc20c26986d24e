package comm

// Bruck's allgather.
//
// Idea: every rank collects the blocks of the ranks from itself on, in a ring.
// In step k it has the first 2^k of them; it sends them to the rank 2^k before
// it, and gets as many from the rank 2^k after it; the last step fills up. At
// the end every block is put into its place.
//
// Steps: ceil(log2 p). Messages: p a step. Bytes: p (p-1) n.
// Restrictions: none. Needs memory for the whole result.
// Source: J. Bruck, C.-T. Ho, S. Kipnis, E. Upfal, D. Weathersby, Efficient
// algorithms for all-to-all communications in multiport message-passing
// systems, IEEE TPDS 8(11), 1997, doi:10.1109/71.642949; MPICH's choice for
// short results.
func allgatherBruck(x *call) error {
	p, me := x.c.size, x.c.rank
	lengths := make([]int, p) // of the blocks at distances 0, 1, ...
	for i := range lengths {
		lengths[i] = x.out.count((me + i) % p)
	}
	at := offsets(lengths)
	buf := x.temporary(at[p])
	copy(buf, x.send)
	for have := 1; have < p; have *= 2 {
		n := min(have, p-have)
		x.irecv((me+have)%p, buf[at[have]:at[have+n]])
		x.isend((me+p-have)%p, buf[:at[n]])
		if err := x.wait(); err != nil {
			return err
		}
	}
	for i := range p {
		if i > 0 || !alias(x.send, x.out.block(x.recv, me)) {
			copy(x.out.block(x.recv, (me+i)%p), buf[at[i]:])
		}
	}
	return nil
}

func allgatherBruckCost(w Workload) Cost {
	p, steps := w.Ranks, ceilLog2(w.Ranks)
	return Cost{Steps: steps, Messages: p * steps, Bytes: p * (p - 1) * w.Count * w.Size}
}

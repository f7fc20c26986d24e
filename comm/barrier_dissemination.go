package comm

// Dissemination barrier.
//
// Idea: in step k every rank tells the rank 2^k further that it, and all it has
// heard of, has arrived; after ceil(log2 p) steps all have heard of all.
//
// Steps: ceil(log2 p). Messages: p a step, empty.
// Restrictions: none.
// Source: D. Hensgen, R. Finkel, U. Manber, Two algorithms for barrier
// synchronization, Int. J. Parallel Programming 17(1), 1988,
// doi:10.1007/BF01379320; MPICH and Open MPI use it too.
func barrierDissemination(x *call) error {
	p, me := x.c.size, x.c.rank
	for d := 1; d < p; d *= 2 {
		x.irecv((me+p-d)%p, nil)
		x.isend((me+d)%p, nil)
		if err := x.wait(); err != nil {
			return err
		}
	}
	return nil
}

func barrierDisseminationCost(w Workload) Cost {
	steps := ceilLog2(w.Ranks)
	return Cost{Steps: steps, Messages: w.Ranks * steps}
}

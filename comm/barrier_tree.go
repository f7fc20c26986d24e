package comm

// Binomial tree barrier.
//
// Idea: word of arrival goes up the tree, as in reduce, and word that all have
// arrived goes down it, as in broadcast. It takes twice dissemination's steps,
// but p-1 connections in place of about p log2 p, those that broadcasts and
// gathers have anyway, and a fifth of the messages among 1,024 ranks: on nodes
// with more ranks than CPUs, where every message costs a change of process, that
// decides.
//
// Steps: 2 ceil(log2 p). Messages: 2 (p-1), empty.
// Restrictions: none.
// Source: the combining tree of P.-C. Yew, N.-F. Tzeng, D. H. Lawrie,
// Distributing hot-spot addressing in large-scale multiprocessors, IEEE TC
// 36(4), 1987, doi:10.1109/TC.1987.1676921, as Open MPI's tree barrier has it.
func barrierTree(x *call) error {
	p, me := x.c.size, x.c.rank
	binomialChildren(me, p, func(child, _ int) { x.irecv(child, nil) })
	if err := x.wait(); err != nil {
		return err
	}
	if me != 0 {
		x.isend(binomialParent(me), nil)
		x.irecv(binomialParent(me), nil)
		if err := x.wait(); err != nil {
			return err
		}
	}
	binomialChildren(me, p, func(child, _ int) { x.isend(child, nil) })
	return x.wait()
}

func barrierTreeCost(w Workload) Cost {
	return Cost{Steps: 2 * ceilLog2(w.Ranks), Messages: 2 * (w.Ranks - 1)}
}

package comm

// Reduction of nodes.
//
// Idea: as the allreduce of nodes, but the result is read by the root, or by the rank
// that talks for its node across nodes: the leader, or the root where it is.
//
// Steps: none within a node; those of the leaders' reduction. Messages and bytes: the
// leaders' reduction's.
// Restrictions: the ranks of every node have memory in common; otherwise they go by
// messages. An operation that does not commute needs nodes whose ranks follow one
// another.
// Source: see allreduce_node.go.
func reduceNode(x *call, l *placement) error {
	if !x.commutes && !l.inOrder {
		return x.otherwise(x)
	}
	across, root, err := x.participants(l)
	if err != nil {
		return err
	}
	if len(l.leaders) == 1 && x.chainIsLong(l.hall, len(x.send)) {
		return x.leaveHall(l.hall, len(x.send))
	}
	to := l.number(x.spokesman(l))
	if across == nil {
		return x.reduceHall(l.hall, x.send, x.recv, to)
	}
	sum := x.temporary(len(x.send))
	if err := x.reduceHall(l.hall, x.send, sum, to); err != nil {
		return err
	}
	y := x.like(across, reduce)
	y.root, y.send, y.recv = root, sum, x.recv
	return y.run(y.choose(reduceBinomial))
}

package comm

// Allgather of nodes.
//
// Idea: the node's ranks put short blocks side by side in a buffer that they have in
// common, and all copy all of them out; a long one is copied by every rank from its
// owner's memory, each rank beginning with its neighbour's. Of several nodes, every node
// gathers to its leader, the leaders gather their nodes' blocks at all of them, and each
// broadcasts the whole.
//
// Steps: none within a node; those of the leaders' allgather. Messages and bytes: the
// leaders' allgather's, of their nodes' blocks.
// Restrictions: the ranks of every node have memory in common and may copy from one
// another's, and those of several nodes follow one another; otherwise they go by
// messages.
// Source: see gather_node.go.
func allgatherNode(x *call, l *placement) error {
	h := l.hall
	if h.state != reachHall {
		return x.otherwise(x)
	}
	if len(l.leaders) == 1 {
		return x.allgatherHall(h, l)
	}
	if !l.inOrder {
		return x.otherwise(x)
	}
	lengths := make([]int, x.c.size)
	for r := range lengths {
		lengths[r] = x.out.count(r)
	}
	whole, inPlace := x.out.span(x.recv, 0, x.c.size, x.c.size)
	if !inPlace { // of which other ranks do not know
		whole = x.temporary(sumOf(lengths))
	}
	blocks := cut(whole, lengths)
	if err := x.gatherHall(h, x.send, 0, func([]int) [][]byte { return blocks[l.mine[0]:][:len(l.mine)] }); err != nil {
		return err
	}
	if l.me == 0 {
		totals := make([]int, l.across.size)
		for i, ranks := range x.nodeRanks(l.across) {
			for _, r := range ranks {
				totals[i] += x.out.count(r)
			}
		}
		y := l.across.newCall(x.ctx, allgatherv)
		y.recv, y.out = whole, varied(totals, nil, 1)
		y.send = y.out.block(whole, l.across.rank)
		if err := y.run(y.choose(y.allgatherChosen(len(whole)))); err != nil {
			return err
		}
	}
	if err := x.bcastHall(h, whole, 0); err != nil || inPlace {
		return err
	}
	for r, b := range blocks {
		copy(x.out.block(x.recv, r), b)
	}
	return nil
}

// allgatherHall is allgather on one node.
func (x *call) allgatherHall(h *hall, l *placement) error {
	t := h.stages(1)
	if err := x.free(h, t); err != nil {
		return err
	}
	short := x.offer(h, t, x.send)
	h.come(t)
	copyUnlessAlias(x.out.block(x.recv, l.mine[h.me]), x.send)
	if err := x.allCome(h, t); err != nil {
		return err
	}
	for step := 1; step < len(h.ranks); step++ {
		i := (h.me + step) % len(h.ranks)
		dst := x.out.block(x.recv, l.mine[i])
		if err := x.checkLength(h, t, i, len(dst)); err != nil {
			return err
		}
		if k := h.ticket(t, i); k.addr == 0 {
			copy(dst, h.slot(t, i))
		} else if err := x.fetch(h, i, dst, uintptr(k.addr)); err != nil {
			return err
		}
	}
	h.serve(t)
	if short {
		return nil
	}
	return x.servedByAll(h, t)
}

// fetch copies rank number with's memory at addr to p.
func (x *call) fetch(h *hall, with int, p []byte, addr uintptr) error {
	var all ticket
	if err := x.move(h, &all, with, p, addr, h.meeter.Get); err != nil {
		return err
	}
	return x.moved(h, &all, with, len(p)) // else that rank has gone
}

package comm

// Scatter of nodes.
//
// Idea: the gather of nodes, the other way round: the root writes short blocks side by
// side to a buffer and goes on; a long one is copied once, from the root's memory, in
// pieces that both ranks take. Of several nodes, the root scatters their blocks to the
// leaders, and each leader its node's.
//
// Steps: none within a node; those of the leaders' scatter. Messages and bytes: the
// leaders' scatter's, of their nodes' blocks.
// Restrictions: the ranks of every node have memory in common and may copy from and to
// one another's; otherwise, and where only the root of several nodes knows the lengths,
// they go by messages.
// Source: see gather_node.go.
func scatterNode(x *call, l *placement) error {
	h := l.hall
	if h.state != reachHall || x.varying && len(l.leaders) > 1 {
		return x.otherwise(x)
	}
	across, root, err := x.participants(l)
	if err != nil {
		return err
	}
	from := l.number(x.spokesman(l))
	if across == nil || x.c.rank == x.root {
		if across != nil {
			if err := x.scatterAcross(across, root); err != nil {
				return err
			}
		}
		return x.scatterHall(h, x.recv, from, func(i int) []byte { return x.in.block(x.send, l.mine[i]) })
	}
	n := len(x.recv)
	node := x.temporary(n * len(l.mine))
	y := across.newCall(x.ctx, scatterv)
	y.root, y.recv, y.varying = root, node, true
	if err := y.run(y.choose(y.scatterChosen())); err != nil {
		return err
	}
	return x.scatterHall(h, x.recv, from, func(i int) []byte { return node[i*n : (i+1)*n] })
}

// scatterAcross sends, at the root, the other nodes' blocks.
func (x *call) scatterAcross(across *Comm, root int) error {
	totals := make([]int, across.size)
	groups := x.nodeRanks(across)
	sum := 0
	for i, ranks := range groups {
		if i != root {
			totals[i] = len(ranks) * len(x.recv)
			sum += totals[i]
		}
	}
	y := across.newCall(x.ctx, scatterv)
	y.root, y.varying, y.in, y.send = root, true, varied(totals, nil, 1), x.temporary(sum)
	at := y.send
	for i, ranks := range groups {
		for _, r := range ranks {
			if i != root {
				at = at[copy(at, x.in.block(x.send, r)):]
			}
		}
	}
	return y.run(y.choose(y.scatterChosen()))
}

// scatterHall gives each of a node's ranks its block, block(i) at rank number from.
func (x *call) scatterHall(h *hall, recv []byte, from int, block func(i int) []byte) error {
	if len(h.ranks) == 1 {
		copyUnlessAlias(recv, block(0))
		return nil
	}
	t := h.stages(1)
	if h.me == from {
		return x.scatterFrom(h, t, recv, block)
	}
	n := len(recv)
	if !x.inSlot(h, n) { // so that the root can help
		if err := x.free(h, t); err != nil {
			return err
		}
		h.ticket(t, h.me).write(n, addressOf(recv))
		h.ready(t)
	}
	if err := x.awaitReady(h, from, t); err != nil {
		return err
	}
	place := h.place(t, h.me)
	if place.n != uint64(n) {
		return x.c.peerError(x.kind.String(), "recv", x.c.place.l.mine[from], -1, lengthError(int(place.n), n))
	}
	if place.addr == 0 {
		copy(recv, h.slot(t, h.me))
	} else {
		if err := x.move(h, place, from, recv, uintptr(place.addr), h.meeter.Get); err != nil {
			return err
		}
		if err := x.moved(h, place, from, n); err != nil {
			return err
		}
	}
	h.serve(t)
	return nil
}

// scatterFrom is scatterHall where the blocks are.
func (x *call) scatterFrom(h *hall, t uint64, recv []byte, block func(i int) []byte) error {
	if err := x.free(h, t); err != nil {
		return err
	}
	for i := range h.ranks {
		b := block(i)
		switch {
		case i == h.me:
		case x.inSlot(h, len(b)):
			h.place(t, i).write(len(b), 0)
			copy(h.slot(t, i), b)
		default:
			h.place(t, i).write(len(b), addressOf(b))
		}
	}
	h.ready(t)
	copyUnlessAlias(recv, block(h.me))
	for i := range h.ranks {
		b := block(i)
		if i == h.me || x.inSlot(h, len(b)) {
			continue
		}
		if k := h.ticket(t, i); h.isReady(i, t) && k.n == uint64(len(b)) {
			if err := x.move(h, h.place(t, i), i, b, uintptr(k.addr), h.meeter.Put); err != nil {
				return err
			}
		}
	}
	for i := range h.ranks {
		if b := block(i); i != h.me && !x.inSlot(h, len(b)) {
			if err := x.moved(h, h.place(t, i), i, len(b)); err != nil {
				return err
			}
		}
	}
	h.serve(t)
	return nil
}

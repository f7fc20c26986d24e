package comm

// Gather of nodes.
//
// Idea: the node's ranks put short blocks side by side in a buffer that they have in
// common, and go on; the root copies them out. A long block is copied once, from its
// rank's memory to its place in the root's, and both ranks take pieces of it: so all CPUs
// of the node copy, and not only the root's. Of several nodes, every node gathers to its
// leader, or to the root, and these gather among themselves.
//
// Steps: none within a node; those of the leaders' gather. Messages and bytes: the
// leaders' gather's, of their nodes' blocks.
// Restrictions: the ranks of every node have memory in common and may copy from and to
// one another's; otherwise they go by messages.
// Source: as MPICH's and Open MPI's copies by cross-memory attach; sharing them out is
// that of S. Chakraborty, H. Subramoni, D. K. Panda, Contention-aware kernel-assisted MPI
// collectives for multi-/many-core systems, IEEE Cluster 2017,
// doi:10.1109/CLUSTER.2017.44.
func gatherNode(x *call, l *placement) error {
	h := l.hall
	if h.state != reachHall {
		return x.otherwise(x)
	}
	across, root, err := x.participants(l)
	if err != nil {
		return err
	}
	to := l.number(x.spokesman(l))
	inPlace := func([]int) [][]byte { // at the root
		blocks := make([][]byte, len(l.mine))
		for i, r := range l.mine {
			blocks[i] = x.out.block(x.recv, r)
		}
		return blocks
	}
	if across == nil {
		return x.gatherHall(h, x.send, to, inPlace)
	}
	y := across.newCall(x.ctx, gatherv)
	y.root, y.varying = root, true
	if x.c.rank != x.root {
		err := x.gatherHall(h, x.send, to, func(lengths []int) [][]byte {
			if lengths == nil {
				return nil // only the ranks know theirs
			}
			y.send = x.temporary(sumOf(lengths))
			return cut(y.send, lengths)
		})
		if err != nil {
			return err
		}
		return y.run(y.choose(y.gatherChosen()))
	}
	// The root's own block goes to its place; the other nodes' come together.
	groups := x.nodeRanks(across)
	totals := make([]int, across.size)
	for i, ranks := range groups {
		for _, r := range ranks {
			totals[i] += x.out.count(r)
		}
	}
	totals[root] = 0
	y.out = varied(totals, nil, 1)
	y.recv = x.temporary(sumOf(totals))
	err = x.gatherHall(h, x.send, to, inPlace)
	if err != nil {
		return err
	}
	y.send = nil
	blocks, all := y.out, y.recv
	if err := y.run(y.choose(y.gatherChosen())); err != nil {
		return err
	}
	for i, ranks := range groups {
		from := blocks.block(all, i)
		for _, r := range ranks {
			if i != root {
				from = from[copy(x.out.block(x.recv, r), from):]
			}
		}
	}
	return nil
}

// nodeRanks are the ranks on the nodes of a communicator's ranks, each one's node.
func (x *call) nodeRanks(across *Comm) [][]int {
	number := make(map[int]int, across.size)
	for i := range across.size {
		number[across.Member(i).Node] = i
	}
	groups := make([][]int, across.size)
	for r := range x.c.size {
		i := number[x.c.Member(r).Node]
		groups[i] = append(groups[i], r)
	}
	return groups
}

func sumOf(lengths []int) int {
	sum := 0
	for _, n := range lengths {
		sum += n
	}
	return sum
}

// cut is p in parts of these lengths.
func cut(p []byte, lengths []int) [][]byte {
	parts := make([][]byte, len(lengths))
	for i, n := range lengths {
		parts[i], p = p[:n:n], p[n:]
	}
	return parts
}

// gatherHall brings the send of a node's ranks to rank number to. There, blocks says
// where each one's goes: without lengths, if it knows, else with the ranks' own.
func (x *call) gatherHall(h *hall, send []byte, to int, blocks func(lengths []int) [][]byte) error {
	if len(h.ranks) == 1 {
		dst := blocks(nil)
		if dst == nil {
			dst = blocks([]int{len(send)})
		}
		copyUnlessAlias(dst[0], send)
		return nil
	}
	t := h.stages(1)
	if h.me == to {
		return x.gatherTo(h, t, send, blocks)
	}
	if err := x.free(h, t); err != nil {
		return err
	}
	short := x.offer(h, t, send)
	h.come(t)
	h.ready(t)
	if !short {
		if err := x.awaitReady(h, to, t); err != nil {
			return err
		}
		place, mine, n := h.place(t, h.me), h.ticket(t, h.me), len(send)
		if place.n != uint64(n) {
			return x.c.peerError(x.kind.String(), "send", x.c.place.l.mine[to], -1, lengthError(n, int(place.n)))
		}
		if err := x.move(h, mine, to, send, uintptr(place.addr), h.meeter.Put); err != nil {
			return err
		}
		if err := x.moved(h, mine, to, n); err != nil {
			return err
		}
	}
	h.serve(t)
	return nil
}

// offer has others find p, this rank's block of stage t: in its slot if it is short, which
// offer tells, else where it lies.
func (x *call) offer(h *hall, t uint64, p []byte) (short bool) {
	mine := h.ticket(t, h.me)
	if !x.inSlot(h, len(p)) {
		mine.write(len(p), addressOf(p))
		return false
	}
	mine.write(len(p), 0)
	copy(h.slot(t, h.me), p)
	return true
}

// gatherTo is gatherHall where the blocks go.
func (x *call) gatherTo(h *hall, t uint64, send []byte, blocks func(lengths []int) [][]byte) error {
	if err := x.free(h, t); err != nil {
		return err
	}
	h.ticket(t, h.me).write(len(send), 0)
	h.come(t)
	dst := blocks(nil)
	if dst == nil {
		if err := x.allCome(h, t); err != nil {
			return err
		}
		lengths := make([]int, len(h.ranks))
		for i := range lengths {
			lengths[i] = int(h.ticket(t, i).n)
		}
		dst = blocks(lengths)
	}
	for i := range h.ranks {
		h.place(t, i).write(len(dst[i]), addressOf(dst[i]))
	}
	h.ready(t)
	copyUnlessAlias(dst[h.me], send)
	for i := range h.ranks {
		if i == h.me {
			continue
		}
		if err := x.awaitReady(h, i, t); err != nil {
			return err
		}
		if err := x.checkLength(h, t, i, len(dst[i])); err != nil {
			return err
		}
		if k := h.ticket(t, i); k.addr == 0 {
			copy(dst[i], h.slot(t, i))
		} else if err := x.move(h, k, i, dst[i], uintptr(k.addr), h.meeter.Get); err != nil {
			return err
		}
	}
	for i := range h.ranks {
		if k := h.ticket(t, i); k.addr != 0 {
			if err := x.moved(h, k, i, len(dst[i])); err != nil {
				return err
			}
		}
	}
	h.serve(t)
	return nil
}

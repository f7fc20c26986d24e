package comm

// Broadcast of nodes.
//
// Idea: the node's ranks have buffers in common. The root copies its message into them,
// chunk by chunk, and every other rank copies each chunk out: that is one call to wake
// all who wait, and on a node with a CPU for each rank reading overlaps writing. Of
// several nodes the leaders, and the root in place of its own node's, broadcast among
// themselves first.
//
// Steps: none within a node; those of the leaders' broadcast. Messages and bytes: the
// leaders' broadcast's.
// Restrictions: the ranks of every node have memory in common; otherwise they go by
// messages.
// Source: R. L. Graham, G. Shipman, MPI support for multi-core architectures: optimized
// shared memory collectives, EuroPVM/MPI 2008, doi:10.1007/978-3-540-87475-1_21 (Open
// MPI's coll/sm); S. Jain et al., Framework for scalable intra-node collective
// operations using shared memory, SC 2018, doi:10.1109/SC.2018.00032 (MPICH's
// release-gather).
func bcastNode(x *call, l *placement) error {
	across, root, err := x.participants(l)
	if err != nil {
		return err
	}
	if across != nil {
		if err := across.bcast(x.ctx, x.recv, root); err != nil {
			return err
		}
	}
	return x.bcastHall(l.hall, x.recv, l.number(x.spokesman(l)))
}

// bcastHall gives the ranks of a node number from's p.
func (x *call) bcastHall(h *hall, p []byte, from int) error {
	if len(h.ranks) == 1 {
		return nil
	}
	chunk := x.chunk(h, len(p))
	count := chunks(len(p), chunk)
	first := h.stages(count)
	for k := range count {
		t := first + uint64(k)
		if h.me == from {
			if err := x.free(h, t); err != nil {
				return err
			}
			h.ticket(t, from).n = uint64(len(p))
			copy(h.buffer(t), part(p, k, chunk))
			h.ready(t)
		} else {
			if err := x.awaitReady(h, from, t); err != nil {
				return err
			}
			if err := x.checkLength(h, t, from, len(p)); err != nil {
				return err
			}
			dst := part(p, k, chunk)
			copy(dst, h.buffer(t)[:len(dst)])
		}
		h.serve(t)
	}
	return nil
}

package job

import (
	"context"
	"runtime"
	"sync/atomic"
	"unsafe"

	"numcomp/comm"
	"numcomp/kernels"
)

// common is what a rank has in common with its group (see groups), beside its own.
// Rank 0's group has all results there, where the ranks write them and rank 0 reads
// them; and inputs: what all items have in common, copied by rank 0 out of its own
// memory in every iteration; under scatter rank 0's arrays, out of which each rank
// fetches those of its items in every iteration; with --in-place all arrays, which
// are not copied. The leader of another group
// receives there what its ranks work on, and sends from there what they computed.
type common[T kernels.Float] struct {
	node *comm.NodeMemory // nil: the rank is alone
	// leaders are the groups' first ranks; nil on ranks that lead none.
	leaders *comm.Comm
	// Of the whole group.
	arrays, params, results []T
	// next is the counter of the dynamic schedule in rank 0's group.
	next *atomic.Int64
}

// The parts of a group's memory.
const (
	paramsPart = iota
	arraysPart
	resultsPart
	controlPart
	parts
)

// controlBytes is a counter, on a cache line of its own.
const controlBytes = 128

// holding is memory, in items.
type holding struct{ arrays, params, results int }

// commonOf is how much the group of rank has in common, in items. A group of one
// rank has nothing.
func commonOf(p *Plan, g groups, rank int) (s holding) {
	mine := g.of(rank)
	if !mine.company() {
		return s
	}
	first, end := mine.items(p.Items, g.size)
	owned := end - first
	root := mine.first == 0
	if p.Config.Schedule == Dynamic {
		// Elsewhere than with rank 0, results and parameters travel with chunks.
		owned = 0
	}
	if root && p.Config.Schedule == Dynamic {
		owned = p.Items
	}
	s = holding{owned, owned, owned}
	switch {
	case root && p.arraysInCommon():
		s.arrays = p.arrays()
	case p.Config.Distribution == Broadcast:
		s.arrays = 1
	}
	if p.OneParams {
		s.params = 1
	}
	if root {
		s.results = p.Items
	}
	return s
}

// arraysInCommon tells whether rank 0's arrays lie in what its group has in common, where it
// has company.
func (p *Plan) arraysInCommon() bool { return p.Config.InPlace || p.Config.Distribution == Scatter }

// fetches tells whether rank copies arrays of its items out of rank 0's.
func (p *Plan) fetches(g groups, rank int) bool {
	return rank != 0 && g.of(rank).first == 0 && p.arraysInCommon() && !p.Config.InPlace
}

// join is collective: r's group takes memory. why is this rank's reason for having
// none, which is not an error.
func (r *rank[T]) join(ctx context.Context) (why, err error) {
	mine := r.groups.of(r.c.Rank())
	if len(r.groups.many) == 0 {
		r.common.leaders = r.c
		return nil, nil
	}
	if mine.first == r.c.Rank() {
		var leaders []int
		for _, g := range r.groups.all() {
			leaders = append(leaders, g.first)
		}
		if r.common.leaders, err = r.c.Subset(leaders); err != nil {
			return nil, err
		}
	}
	if !mine.company() {
		return nil, nil
	}
	local, err := r.c.Subset(mine.ranks())
	if err != nil {
		return nil, err
	}
	p, s := r.plan, commonOf(r.plan, r.groups, r.c.Rank())
	bytes := func(n int, of int64) int { return int(product(int64(n), of)) }
	node, why, err := comm.NewNodeMemory(ctx, local, []comm.NodePart{
		paramsPart:  {Bytes: bytes(s.params, p.paramsBytes())},
		arraysPart:  {Bytes: bytes(s.arrays, p.arrayBytes())},
		resultsPart: {Bytes: bytes(s.results, p.resultBytes()), Writable: true},
		controlPart: {Bytes: controlBytes, Writable: true},
	})
	if err != nil || why != nil {
		return why, err
	}
	m := &r.common
	m.node = node
	m.params, m.arrays, m.results = view[T](node, paramsPart), view[T](node, arraysPart), view[T](node, resultsPart)
	m.next = (*atomic.Int64)(unsafe.Pointer(unsafe.SliceData(node.Part(controlPart))))
	return nil, nil
}

// view is a part of a group's memory as elements.
func view[T kernels.Float](node *comm.NodeMemory, part int) []T {
	p := node.Part(part)
	if len(p) == 0 {
		return []T{}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(p))), len(p)/int(unsafe.Sizeof(*new(T))))
}

// moveIn makes the rank's own arrays, parameters and results those of its group,
// where it does not have them for itself.
func (r *rank[T]) moveIn() {
	m, p := &r.common, r.plan
	if m.node == nil {
		return
	}
	group := r.groups.of(r.c.Rank())
	at, end := share(p.Items, r.c.Rank(), r.c.Size())
	start, _ := group.items(p.Items, r.c.Size())
	cut := func(data []T, s kernels.Shape, one bool, skip int) []T {
		if one || p.Config.Schedule == Dynamic {
			return data
		}
		n := elements(s)
		return data[(at-skip)*n : (end-skip)*n]
	}
	if r.root() {
		if p.arraysInCommon() {
			r.arrays = m.arrays
		}
		r.results = m.results
		return
	}
	if p.fetches(r.groups, r.c.Rank()) {
		r.fetched = r.arrays
	}
	if p.Config.Distribution == Broadcast || p.Config.Schedule == Static || group.first == 0 {
		r.arrays = cut(m.arrays, p.Array, p.Config.Distribution == Broadcast, start)
	}
	if p.OneParams || p.Config.Schedule == Static || group.first == 0 {
		r.params = cut(m.params, p.Params, p.OneParams, start)
	}
	if p.Config.Schedule == Static || group.first == 0 {
		r.results = cut(m.results, p.Result, false, start)
	}
}

// whole are the arrays, parameters and results of all that the rank leads: what
// goes between leaders.
func (r *rank[T]) whole() (arrays, params, results []T) {
	if m := &r.common; m.node != nil && !r.root() {
		return m.arrays, m.params, m.results
	}
	return r.arrays, r.params, r.results
}

// distribute is collective: it gives every rank what all items have in common, and
// a leader what scatter, if not nil, gets from rank 0; and what a leader has got to
// its group. It counts what is copied.
func (r *rank[T]) distribute(ctx context.Context, scatter func(context.Context) error) error {
	m := &r.common
	if m.node != nil && r.root() {
		if err := r.publish(ctx); err != nil {
			return err
		}
		if err := m.node.Tell(ctx); err != nil {
			return err
		}
	}
	if m.leaders != nil && m.leaders.Size() > 1 {
		if err := r.broadcast(ctx); err != nil {
			return err
		}
		if scatter != nil {
			if err := scatter(ctx); err != nil {
				return err
			}
		}
	}
	if m.node != nil && !r.root() {
		return m.node.Tell(ctx)
	}
	return nil
}

// publish copies what rank 0's group works on out of rank 0's memory.
func (r *rank[T]) publish(ctx context.Context) error {
	m, p := &r.common, r.plan
	m.next.Store(0)
	if !p.arraysInCommon() {
		if err := r.copy(ctx, m.arrays, r.arrays); err != nil {
			return err
		}
	}
	return r.copy(ctx, m.params, r.params)
}

// pieceBytes is how much a thread copies at a time: enough for the run-time to copy
// past the cache (1 MiB), and little, since a thread may get its CPU late.
const pieceBytes = 2 << 20

// copy fills dst from src with several threads where that is worth it.
func (r *rank[T]) copy(ctx context.Context, dst, src []T) error {
	bytes := len(dst) * r.plan.Config.DType.Bytes()
	r.copied += int64(bytes)
	n := bytes / pieceBytes
	if n < 2 || workers() == 1 {
		copy(dst, src)
		return nil
	}
	// The other threads have CPUs of ranks that wait. Were this one free to move, the
	// rank would go on where the last piece was copied, and share that CPU with its
	// owner, who wakes there.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return parallel(ctx, n, workers(), func(_, i int) {
		first, end := share(len(dst), i, n)
		copy(dst[first:end], src[first:end])
	})
}

// collect is collective over a group: its leader has its ranks' results after it.
func (r *rank[T]) collect(ctx context.Context) error {
	if r.common.node == nil {
		return nil
	}
	return r.common.node.Collect(ctx)
}

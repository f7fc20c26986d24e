package transporttest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"numcomp/comm/transport"
)

// messageTests check that what is sent arrives, in order, and only there.
func messageTests() []subtest {
	return []subtest{
		{"RankAndSize", 3, testRankAndSize},
		{"EveryPair", 4, testEveryPair},
		{"OrderWithinTag", 2, testOrderWithinTag},
		{"OrderAcrossSizes", 2, testOrderAcrossSizes},
		{"TagsDoNotBlock", 2, testTagsDoNotBlock},
		{"ContextsAreSeparate", 2, testContextsAreSeparate},
		{"ExtremeTags", 2, testExtremeTags},
		{"Empty", 2, testEmpty},
		{"Huge", 2, testHuge},
		{"HugeBothWays", 2, testHugeBothWays},
		{"Self", 2, testSelf},
		{"WorldOfOne", 1, testSelf},
		{"RandomTraffic", 5, testRandomTraffic},
	}
}

func testRankAndSize(w *world) {
	for r, tr := range w.ranks {
		if tr.Rank() != r || tr.Size() != len(w.ranks) {
			w.errorf("rank %d says it is rank %d of %d", r, tr.Rank(), tr.Size())
		}
	}
}

// Every rank sends every rank, itself too, a message of its own.
func testEveryPair(w *world) {
	const tag, n = 3, 1000
	p := len(w.ranks)
	w.spmd(func(tr transport.Transport) error {
		me := tr.Rank()
		in := make([][]byte, p)
		var reqs []transport.Request
		for r := range p {
			in[r] = make([]byte, n)
			reqs = append(reqs, tr.Irecv(r, tag, in[r]), tr.Isend(r, tag, pattern(n, uint64(me*p+r))))
		}
		if err := tr.Wait(w.ctx, reqs...); err != nil {
			return err
		}
		for r := range p {
			if err := same(in[r], uint64(r*p+me)); err != nil {
				return fmt.Errorf("from rank %d: %w", r, err)
			}
		}
		return nil
	})
}

func testOrderWithinTag(w *world) {
	const tag, count = 5, 2000
	w.spmd(func(tr transport.Transport) error {
		for i := range count {
			if tr.Rank() == 0 {
				if err := w.send(tr, 1, tag, pattern(8, uint64(i))); err != nil {
					return err
				}
				continue
			}
			p := make([]byte, 8)
			if err := w.recv(tr, 0, tag, p, 8); err != nil {
				return err
			}
			if err := same(p, uint64(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Small messages must not overtake large ones of their tag, whatever protocol
// carries either.
func testOrderAcrossSizes(w *world) {
	const tag = 5
	lengths := []int{1 << 18, 1, 0, 70_000, 65_536, 65_537, 3, 1 << 20, 0, 8}
	for round := range 2 { // receives posted first, then sends first
		w.spmd(func(tr transport.Transport) error {
			peer := 1 - tr.Rank()
			var in [][]byte
			var reqs []transport.Request
			post := func() {
				for _, n := range lengths {
					in = append(in, make([]byte, n))
					reqs = append(reqs, tr.Irecv(peer, tag, in[len(in)-1]))
				}
			}
			if round == 0 {
				post()
			}
			for i, n := range lengths {
				reqs = append(reqs, tr.Isend(peer, tag, pattern(n, uint64(i))))
			}
			if round == 1 {
				post()
			}
			if err := tr.Wait(w.ctx, reqs...); err != nil {
				return err
			}
			for i := range in {
				if err := same(in[i], uint64(i)); err != nil {
					return fmt.Errorf("round %d: %w", round, err)
				}
			}
			return nil
		})
	}
}

// Messages that nobody receives yet, large or many, hold up no other tag.
func testTagsDoNotBlock(w *world) {
	const large, many, urgent = 1, 2, 3
	const count = 300
	w.spmd(func(tr transport.Transport) error {
		if tr.Rank() == 0 {
			reqs := []transport.Request{tr.Isend(1, large, pattern(huge(), large))}
			for i := range count {
				reqs = append(reqs, tr.Isend(1, many, pattern(16<<10, uint64(i))))
			}
			reqs = append(reqs,
				tr.Isend(1, urgent, pattern(100, urgent)),
				tr.Isend(1, urgent, pattern(1<<20, urgent)))
			return tr.Wait(w.ctx, reqs...)
		}
		for _, n := range []int{100, 1 << 20} {
			p := make([]byte, n)
			if err := w.recv(tr, 0, urgent, p, n); err != nil {
				return err
			}
			if err := same(p, urgent); err != nil {
				return err
			}
		}
		for i := range count {
			p := make([]byte, 16<<10)
			if err := w.recv(tr, 0, many, p, len(p)); err != nil {
				return err
			}
			if err := same(p, uint64(i)); err != nil {
				return err
			}
		}
		p := make([]byte, huge())
		if err := w.recv(tr, 0, large, p, len(p)); err != nil {
			return err
		}
		return same(p, large)
	})
}

func testContextsAreSeparate(w *world) {
	w.spmd(func(tr transport.Transport) error {
		contexts := []uint32{0, 1, 77, math.MaxUint32}
		if tr.Rank() == 0 {
			for _, id := range contexts {
				if err := w.send(tr, 1, transport.NewTag(id, 9), pattern(64, uint64(id))); err != nil {
					return err
				}
			}
			return nil
		}
		for i := len(contexts) - 1; i >= 0; i-- {
			p := make([]byte, 64)
			if err := w.recv(tr, 0, transport.NewTag(contexts[i], 9), p, 64); err != nil {
				return err
			}
			if err := same(p, uint64(contexts[i])); err != nil {
				return err
			}
		}
		return nil
	})
}

func testExtremeTags(w *world) {
	w.spmd(func(tr transport.Transport) error {
		for _, tag := range []transport.Tag{
			transport.NewTag(0, 0),
			transport.NewTag(0, transport.MaxTag),
			transport.NewTag(math.MaxUint32, 0),
			transport.NewTag(math.MaxUint32, transport.MaxTag),
		} {
			if tr.Rank() == 0 {
				if err := w.send(tr, 1, tag, pattern(5, uint64(tag))); err != nil {
					return err
				}
				continue
			}
			p := make([]byte, 5)
			if err := w.recv(tr, 0, tag, p, 5); err != nil {
				return err
			}
			if err := same(p, uint64(tag)); err != nil {
				return err
			}
		}
		return nil
	})
}

// A message of no bytes is a message: it is matched, ordered and waited for.
func testEmpty(w *world) {
	const tag = 4
	w.spmd(func(tr transport.Transport) error {
		peer := 1 - tr.Rank()
		p := make([]byte, 10)
		reqs := []transport.Request{
			tr.Irecv(peer, tag, nil),
			tr.Irecv(peer, tag, p[:0]),
			tr.Irecv(peer, tag, p), // shorter than the buffer: empty too
			tr.Irecv(peer, tag, p),
			tr.Isend(peer, tag, nil),
			tr.Isend(peer, tag, p[:0]),
			tr.Isend(peer, tag, []byte{}),
			tr.Isend(peer, tag, pattern(1, 1)),
		}
		if err := tr.Wait(w.ctx, reqs...); err != nil {
			return err
		}
		for i, want := range []int{0, 0, 0, 1, 0, 0, 0, 1} {
			if n := reqs[i].N(); n != want {
				return fmt.Errorf("request %d: N is %d, want %d", i, n, want)
			}
		}
		return same(p[:1], 1)
	})
}

func testHuge(w *world) {
	const tag = 4
	for round := range 2 { // whoever comes first
		w.spmd(func(tr transport.Transport) error {
			if tr.Rank() == round {
				return w.send(tr, 1-round, tag, pattern(huge(), 7))
			}
			p := make([]byte, huge())
			if err := w.recv(tr, round, tag, p, len(p)); err != nil {
				return err
			}
			return same(p, 7)
		})
	}
}

func testHugeBothWays(w *world) {
	const tag = 4
	w.spmd(func(tr transport.Transport) error {
		me, peer := tr.Rank(), 1-tr.Rank()
		var reqs []transport.Request
		in := make([][]byte, 3)
		for i := range in {
			reqs = append(reqs, tr.Isend(peer, tag, pattern(huge(), uint64(10*me+i))))
		}
		for i := range in {
			in[i] = make([]byte, huge())
			reqs = append(reqs, tr.Irecv(peer, tag, in[i]))
		}
		if err := tr.Wait(w.ctx, reqs...); err != nil {
			return err
		}
		for i := range in {
			if err := same(in[i], uint64(10*peer+i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// A rank may send to itself, in either order, small and huge.
func testSelf(w *world) {
	const tag = 2
	w.spmd(func(tr transport.Transport) error {
		me := tr.Rank()
		for _, n := range []int{0, 1, 1000, huge()} {
			p := make([]byte, n)
			in := tr.Irecv(me, tag, p)
			if err := tr.Wait(w.ctx, tr.Isend(me, tag, pattern(n, 1)), in); err != nil {
				return err
			}
			if err := same(p, 1); err != nil {
				return err
			}
			out := tr.Isend(me, tag, pattern(n, 2))
			if err := tr.Wait(w.ctx, tr.Irecv(me, tag, p), out); err != nil {
				return err
			}
			if err := same(p, 2); err != nil {
				return err
			}
		}
		return nil
	})
}

// A schedule drawn from a seed that all ranks share: any sizes, tags, pairs,
// and any order of posting.
func testRandomTraffic(w *world) {
	type message struct {
		from, to int
		tag      transport.Tag
		n        int
	}
	const count = 400
	rng := rand.New(rand.NewPCG(1, 2))
	lengths := []int{0, 1, 7, 100, 4096, 60_000, 65_535, 65_536, 65_537, 200_000}
	plan := make([]message, count)
	for i := range plan {
		plan[i] = message{rng.IntN(len(w.ranks)), rng.IntN(len(w.ranks)),
			transport.NewTag(uint32(rng.IntN(2)), rng.IntN(3)), lengths[rng.IntN(len(lengths))]}
	}
	w.spmd(func(tr transport.Transport) error {
		in := map[int][]byte{}
		var reqs []transport.Request
		for i, m := range plan {
			if m.from == tr.Rank() {
				reqs = append(reqs, tr.Isend(m.to, m.tag, pattern(m.n, uint64(i))))
			}
			if m.to == tr.Rank() {
				in[i] = make([]byte, m.n)
				reqs = append(reqs, tr.Irecv(m.from, m.tag, in[i]))
			}
		}
		if err := tr.Wait(w.ctx, reqs...); err != nil {
			return err
		}
		for i, p := range in {
			if err := same(p, uint64(i)); err != nil {
				return fmt.Errorf("from rank %d to %d, tag %#x: %w", plan[i].from, plan[i].to, uint64(plan[i].tag), err)
			}
		}
		return nil
	})
}

package comm

import (
	"context"
	"encoding/binary"

	"numcomp/comm/transport"
)

// call is one collective under way on one rank. All algorithms have the
// signature func(*call) error and move bytes: what they need to know of the
// elements is in fold and size.
type call struct {
	ctx  context.Context
	c    *Comm
	kind collective
	tag  transport.Tag
	root int

	// send is what this rank gives and recv what it gets; at a root, in and out
	// say where each rank's block lies within them. A broadcast has recv only.
	send, recv []byte
	in, out    layout
	// varying tells that only the root knows the blocks' lengths.
	varying bool

	size     int                           // of an element, in bytes
	fold     func(dst, left, right []byte) // dst may be left or right
	commutes bool
	element  transport.Element // of a reduction
	op       transport.Op

	otherwise func(*call) error // what is chosen where ranks of a node cannot meet
	hall      *hall             // where this rank is

	flights []flight
	idle    []int // flights that have ended: their slots
	scratch []*scratch
	small   [8]flight
}

// flight is one message under way.
type flight struct {
	req  transport.Request // nil: ended
	peer int
	want int // length in bytes; of a receive, it is checked
	recv bool
}

// newCall begins collective k. The call is the caller's until it has run.
func (c *Comm) newCall(ctx context.Context, k collective) *call {
	x, _ := c.world.calls.Get().(*call)
	if x == nil {
		x = new(call)
	}
	x.ctx, x.c, x.kind, x.tag, x.size = ctx, c, k, c.collectiveTag(k), 1
	x.flights = x.small[:0]
	return x
}

// run has the transport carry the collective out, or runs the algorithm, and ends
// what it left under way. If it fails, the world is broken first: the peers wait for
// messages that will not come, and what is under way with them would not end either.
func (x *call) run(algorithm func(*call) error) error {
	done, err := x.native()
	if !done && err == nil {
		err = algorithm(x)
	}
	if err == nil {
		err = x.wait()
	}
	if err != nil {
		x.abandon(err)
	}
	if x.hall != nil {
		x.hall.meeter.Leave()
	}
	world := x.c.world
	for _, s := range x.scratch {
		world.scratch.Put(s)
	}
	*x = call{}
	world.calls.Put(x)
	return err
}

// choose returns the algorithm forced for the collective, or else chosen.
func (x *call) choose(chosen func(*call) error) func(*call) error {
	x.otherwise = chosen
	if a := x.c.tuning.forced[x.kind]; a != nil {
		return a.run
	}
	return chosen
}

// chooseNode is choose where node level first is the choice for ranks of which some
// node has several, and chosen for others.
func (x *call) chooseNode(node func(*call, *placement) error, chosen func(*call) error) func(*call) error {
	algorithm := x.choose(chosen)
	if x.c.tuning.forced[x.kind] != nil || x.c.native != nil || !x.c.company() {
		return algorithm
	}
	return nodeFirst(node)
}

// abandon breaks the world because of err and waits until no buffer is touched.
func (x *call) abandon(err error) {
	t := x.c.world.t
	if b, ok := t.(transport.Breaker); ok {
		b.Break(err)
	}
	ended, cancel := context.WithCancelCause(context.Background())
	cancel(err)
	for _, f := range x.flights {
		if f.req != nil {
			t.Wait(ended, f.req) // its error follows from err, which is reported
		}
	}
	if x.hall != nil {
		x.hall.bar()
	}
}

// isend starts to send p to rank to and returns the flight for waitFor.
func (x *call) isend(to int, p []byte) int {
	req := x.c.world.t.Isend(x.c.worldRank(to), x.tag, p)
	return x.add(flight{req: req, peer: to, want: len(p)})
}

// irecv posts p for a message of exactly its length from rank from and returns
// the flight for waitFor.
func (x *call) irecv(from int, p []byte) int {
	req := x.c.world.t.Irecv(x.c.worldRank(from), x.tag, p)
	return x.add(flight{req: req, peer: from, want: len(p), recv: true})
}

func (x *call) add(f flight) int {
	if n := len(x.idle); n > 0 {
		i := x.idle[n-1]
		x.idle = x.idle[:n-1]
		x.flights[i] = f
		return i
	}
	x.flights = append(x.flights, f)
	return len(x.flights) - 1
}

// waitFor waits for one flight.
func (x *call) waitFor(i int) error {
	if err := x.land(i); err != nil {
		return err
	}
	x.idle = append(x.idle, i)
	return nil
}

// wait waits for all flights. It stops at the first that failed; run then takes
// care of the others.
func (x *call) wait() error {
	for i := range x.flights {
		if err := x.land(i); err != nil {
			return err
		}
	}
	x.flights, x.idle = x.flights[:0], x.idle[:0]
	return nil
}

// land waits for flight i, if it is under way, and checks what came.
func (x *call) land(i int) error {
	f := x.flights[i]
	if f.req == nil {
		return nil
	}
	err := x.c.world.t.Wait(x.ctx, f.req)
	x.flights[i].req = nil
	if err == nil && f.recv && f.req.N() != f.want {
		err = lengthError(f.req.N(), f.want)
	}
	if err == nil {
		return nil
	}
	step := "send"
	if f.recv {
		step = "recv"
	}
	return x.c.peerError(x.kind.String(), step, f.peer, -1, explain(err))
}

// temporary returns n bytes that are this call's until it ends.
func (x *call) temporary(n int) []byte {
	s := x.c.world.newScratch(n)
	x.scratch = append(x.scratch, s)
	return s.bytes(n)
}

// relative is rank r's distance from the root: algorithms with a root are drawn
// for root 0.
func (x *call) relative(r int) int { return (r - x.root + x.c.size) % x.c.size }

// absolute is the rank at distance v from the root.
func (x *call) absolute(v int) int { return (v + x.root) % x.c.size }

// Ranks may choose an algorithm by their length only if they agree on it. So
// lengths for which another algorithm than the short one may be chosen, and 0,
// are announced to every rank talked to, before the data: by an empty message,
// which no rank that expects a short message takes for one, and the length.

// announced reports whether a message of n bytes is announced, where short ones
// are those up to short.
func announced(n, short int) bool { return n == 0 || n > short }

// announce sends the announcement of n bytes to rank to.
func (x *call) announce(to, n int) {
	x.isend(to, nil)
	x.isend(to, binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

// expect posts the receives of rank from's announcement; calling the result
// waits for it and checks it against n.
func (x *call) expect(from, n int) func() error {
	length := make([]byte, 8)
	mark, value := x.irecv(from, nil), x.irecv(from, length)
	return func() error {
		if err := x.waitFor(mark); err != nil {
			return err
		}
		if err := x.waitFor(value); err != nil {
			return err
		}
		if got := binary.LittleEndian.Uint64(length); got != uint64(n) {
			return x.c.peerError(x.kind.String(), "recv", from, -1, lengthError(int(got), n))
		}
		return nil
	}
}

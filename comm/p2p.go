package comm

import (
	"context"
	"fmt"

	"numcomp/comm/transport"
)

// Request is a point to point operation under way. Wait for every one exactly
// as often as you like; only the first time waits.
type Request struct {
	c     *Comm
	op    string // send or recv
	peer  int
	tag   int
	size  int // of an element, in bytes
	req   transport.Request
	n     int
	err   error
	ended bool
}

// N is the number of elements sent or received. It is meaningful once Wait has
// returned without an error.
func (r *Request) N() int { return r.n }

// Send sends p to rank to with a tag in [0, transport.MaxTag] and returns when
// p may be written again. That may be before or after the message is received:
// two ranks that Send to each other first may wait for ever, see Sendrecv.
func Send[T Element](ctx context.Context, c *Comm, to, tag int, p []T) error {
	d := c.world.direct
	if d == nil {
		return Isend(c, to, tag, p).wait(ctx)
	}
	err := c.checkPeer("send", to, tag)
	if err != nil {
		return err
	}
	if err = d.Send(ctx, c.worldRank(to), c.userTag(tag), bytesOf(p)); err != nil {
		return c.peerError("send", "", to, tag, err)
	}
	return nil
}

// Recv receives the next message of rank from with this tag into p and returns
// its number of elements. A longer message is an error, transport.ErrTruncated,
// after which the world is whole.
func Recv[T Element](ctx context.Context, c *Comm, from, tag int, p []T) (n int, err error) {
	d := c.world.direct
	if d == nil {
		r := Irecv(c, from, tag, p)
		err = r.wait(ctx)
		return r.n, err
	}
	if err := c.checkPeer("recv", from, tag); err != nil {
		return 0, err
	}
	if n, err = d.Recv(ctx, c.worldRank(from), c.userTag(tag), bytesOf(p)); err == nil {
		n, err = elements(n, sizeOf[T]())
	}
	if err != nil {
		return 0, c.peerError("recv", "", from, tag, err)
	}
	return n, nil
}

// elements is how many of so many bytes a message of n bytes has.
func elements(n, size int) (int, error) {
	if n%size != 0 {
		return 0, fmt.Errorf("a message of %d bytes is not made of elements of %d bytes", n, size)
	}
	return n / size, nil
}

// Sendrecv sends and receives at the same time, so that ranks can exchange
// without waiting for each other in a circle. It returns the number of elements
// received. The buffers must not overlap.
func Sendrecv[T Element](ctx context.Context, c *Comm, to, sendTag int, send []T, from, recvTag int, recv []T) (int, error) {
	if overlap(bytesOf(send), bytesOf(recv)) {
		return 0, c.argument("sendrecv", "the buffers overlap")
	}
	// Both are checked before either starts.
	if err := c.checkPeer("send", to, sendTag); err != nil {
		return 0, err
	}
	if err := c.checkPeer("recv", from, recvTag); err != nil {
		return 0, err
	}
	in := Irecv(c, from, recvTag, recv)
	out := Isend(c, to, sendTag, send)
	err := Wait(ctx, in, out)
	return in.n, err
}

// Isend starts to send p. p must not be written until Wait has returned.
// Arguments that cannot be right are Wait's error.
func Isend[T Element](c *Comm, to, tag int, p []T) *Request {
	r := &Request{c: c, op: "send", peer: to, tag: tag, size: sizeOf[T]()}
	if r.refuse(c.checkPeer(r.op, to, tag)) {
		return r
	}
	r.req = c.world.t.Isend(c.worldRank(to), c.userTag(tag), bytesOf(p))
	return r
}

// Irecv posts p for the next message of rank from with this tag. p must be
// neither read nor written until Wait has returned. Arguments that cannot be
// right are Wait's error.
func Irecv[T Element](c *Comm, from, tag int, p []T) *Request {
	r := &Request{c: c, op: "recv", peer: from, tag: tag, size: sizeOf[T]()}
	if r.refuse(c.checkPeer(r.op, from, tag)) {
		return r
	}
	r.req = c.world.t.Irecv(c.worldRank(from), c.userTag(tag), bytesOf(p))
	return r
}

// Wait waits for every request, even after one has failed, and returns the
// error of the first in the list that did. Requests that are nil are skipped. A
// request must not be waited for by two goroutines at once.
func Wait(ctx context.Context, reqs ...*Request) error {
	together(ctx, reqs)
	var first error
	for _, r := range reqs {
		if r == nil {
			continue
		}
		if err := r.wait(ctx); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// together waits for all requests at once, where there are several: a transport
// that knows all that its caller waits for need not have others look after the rest
// whenever one has ended. After an error each still is to be asked how it ended.
func together(ctx context.Context, reqs []*Request) {
	if len(reqs) < 2 {
		return
	}
	var t transport.Transport
	all := make([]transport.Request, 0, len(reqs))
	for _, r := range reqs {
		switch {
		case r == nil || r.ended:
			continue
		case t == nil:
			t = r.c.world.t
		case t != r.c.world.t:
			return
		}
		all = append(all, r.req)
	}
	if len(all) < 2 || t.Wait(ctx, all...) != nil {
		return
	}
	for _, r := range reqs {
		if r != nil && !r.ended {
			r.end(nil)
		}
	}
}

// refuse ends a request that never started because of err, if it is one.
func (r *Request) refuse(err error) bool {
	r.err, r.ended = err, err != nil
	return r.ended
}

func (r *Request) wait(ctx context.Context) error {
	if r.ended {
		return r.err
	}
	r.end(r.c.world.t.Wait(ctx, r.req))
	return r.err
}

// end ends a request that the transport has ended with err.
func (r *Request) end(err error) {
	if err == nil {
		r.n, err = elements(r.req.N(), r.size)
	}
	if err != nil {
		r.err = r.c.peerError(r.op, "", r.peer, r.tag, err)
	}
	r.req, r.ended = nil, true
}

// checkPeer is the error of arguments that cannot be right, or nil.
func (c *Comm) checkPeer(op string, peer, tag int) error {
	switch {
	case c.outside(peer):
		return c.argument(op, "rank %d: %w of %d", peer, transport.ErrRank, c.size)
	case tag < 0 || tag > transport.MaxTag:
		return c.argument(op, "tag %d is outside [0, %d]", tag, transport.MaxTag)
	}
	return nil
}

// peerError is the error of an operation with a peer.
func (c *Comm) peerError(op, step string, peer, tag int, err error) error {
	return &Error{Op: op, Step: step, Rank: c.rank, Peer: peer, Host: c.Member(peer).Host, Tag: tag, Err: err}
}

package shm

import (
	"context"

	"numcomp/comm/transport"
)

// roundabout is how many receives take the short way, which looks into one ring
// only, before one takes the long way, which looks into all.
const roundabout = 64

// Send implements transport.Direct. A short message that finds room goes into the
// ring without a request.
func (t *Transport) Send(ctx context.Context, to int, tag transport.Tag, p []byte) error {
	if t.sendNow(to, tag, p) {
		return nil
	}
	return t.Wait(ctx, t.Isend(to, tag, p))
}

// sendNow sends an eager message, if that can be done at once.
func (t *Transport) sendNow(to int, tag transport.Tag, p []byte) bool {
	if to < 0 || to >= len(t.links) || len(p) > t.opts.EagerLimit {
		return false
	}
	t.mu.Lock()
	l := t.links[to]
	sent := l != nil && l.out != nil && l.gone == nil && t.end == nil && l.queued() == 0 && t.putEager(l, tag, p)
	if sent {
		t.wake(l)
	}
	t.mu.Unlock()
	return sent
}

// Recv implements transport.Direct. A short message that is the next from its
// sender is copied out of the ring without a request.
func (t *Transport) Recv(ctx context.Context, from int, tag transport.Tag, p []byte) (n int, err error) {
	if from >= 0 && from < len(t.links) {
		n, in, tail, err := t.recvNow(from, tag, p)
		if in != nil && t.await(ctx, in, tail) {
			n, _, _, err = t.recvNow(from, tag, p)
		}
		if n >= 0 {
			return n, err
		}
	}
	r := t.Irecv(from, tag, p)
	err = t.Wait(ctx, r)
	return r.N(), err
}

// recvNow receives the next message of a rank, if it is short and has come: then n
// is not negative. Else in is the ring to look at, whose tail that was, if a look may
// be all it takes.
func (t *Transport) recvNow(from int, tag transport.Tag, p []byte) (n int, in *inbound, tail uint64, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.links[from]
	if l == nil || l.in == nil || l.gone != nil || t.end != nil || !l.matcher.Idle(tag) {
		return -1, nil, 0, nil
	}
	if t.shortcuts++; t.shortcuts%roundabout == 0 {
		return -1, nil, 0, nil
	}
	in = l.in
	f, head, rest, ok := in.get()
	if !ok {
		return -1, in, in.at, nil
	}
	t.step(stepGot)
	if f.kind != eager || f.tag != uint64(tag) {
		t.handle(in, f, head, rest)
		t.release(in)
		return -1, nil, 0, nil
	}
	n = len(head) + len(rest)
	if n <= len(p) {
		copy(p[copy(p, head):], rest)
	} else {
		n, err = 0, transport.ErrTruncated
	}
	t.eagerMet(in, f, len(head)+len(rest))
	t.release(in)
	return n, nil, 0, err
}

// await looks for a frame in a ring whose tail was there, as long as the policy
// says, and tells whether one has come.
func (t *Transport) await(ctx context.Context, in *inbound, tail uint64) bool {
	t.life.RLock()
	defer t.life.RUnlock()
	return !t.over.Load() && t.lookFor(ctx, func() bool { return in.tail.Load() != tail })
}

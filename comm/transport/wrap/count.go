package wrap

import (
	"context"
	"sync/atomic"

	"numcomp/comm/transport"
)

// Counter is a transport that counts what its rank sends.
type Counter struct {
	inner
	direct          transport.Direct // the decorated transport, if it is one
	messages, bytes []atomic.Int64   // by receiving rank
}

var _ transport.Direct = (*Counter)(nil)

// Count decorates t with counters, all zero.
func Count(t transport.Transport) *Counter {
	direct, _ := t.(transport.Direct)
	return &Counter{inner: inner{t}, direct: direct, messages: make([]atomic.Int64, t.Size()), bytes: make([]atomic.Int64, t.Size())}
}

// Isend counts the message when its sending starts. One to a rank outside the
// world is not counted.
func (t *Counter) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	t.count(to, len(p))
	return t.inner.Isend(to, tag, p)
}

// Send counts the message when it has been sent: what it costs to count does not
// keep the receiver waiting.
func (t *Counter) Send(ctx context.Context, to int, tag transport.Tag, p []byte) error {
	if t.direct == nil {
		return t.Wait(ctx, t.Isend(to, tag, p))
	}
	err := t.direct.Send(ctx, to, tag, p)
	t.count(to, len(p))
	return err
}

// Recv implements transport.Direct.
func (t *Counter) Recv(ctx context.Context, from int, tag transport.Tag, p []byte) (int, error) {
	if t.direct == nil {
		r := t.Irecv(from, tag, p)
		err := t.Wait(ctx, r)
		return r.N(), err
	}
	return t.direct.Recv(ctx, from, tag, p)
}

func (t *Counter) count(to, nbytes int) {
	if to >= 0 && to < len(t.messages) {
		t.messages[to].Add(1)
		t.bytes[to].Add(int64(nbytes))
	}
}

// Sent returns the messages sent to rank to and the bytes in them.
func (t *Counter) Sent(to int) (messages, bytes int64) {
	return t.messages[to].Load(), t.bytes[to].Load()
}

// Total returns the messages sent to all ranks, this one included, and the bytes
// in them.
func (t *Counter) Total() (messages, bytes int64) {
	for to := range t.messages {
		m, b := t.Sent(to)
		messages, bytes = messages+m, bytes+b
	}
	return messages, bytes
}

// Reset sets all counters to zero.
func (t *Counter) Reset() {
	for to := range t.messages {
		t.messages[to].Store(0)
		t.bytes[to].Store(0)
	}
}

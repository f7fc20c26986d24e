package wrap

import (
	"sync/atomic"

	"numcomp/comm/transport"
)

// Counter is a transport that counts what its rank sends.
type Counter struct {
	inner
	messages, bytes []atomic.Int64 // by receiving rank
}

// Count decorates t with counters, all zero.
func Count(t transport.Transport) *Counter {
	return &Counter{inner: inner{t}, messages: make([]atomic.Int64, t.Size()), bytes: make([]atomic.Int64, t.Size())}
}

// Isend counts the message when its sending starts. One to a rank outside the
// world is not counted.
func (t *Counter) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	if to >= 0 && to < len(t.messages) {
		t.messages[to].Add(1)
		t.bytes[to].Add(int64(len(p)))
	}
	return t.inner.Isend(to, tag, p)
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

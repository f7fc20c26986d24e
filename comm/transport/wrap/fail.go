package wrap

import (
	"context"
	"sync"

	"numcomp/comm/transport"
)

// Operation is what a failure is injected into.
type Operation struct {
	Send   bool // else a receive
	Peer   int
	Tag    transport.Tag
	Nbytes int // of the buffer
	Index  int // of this rank's operations, from 0
}

// failing is a transport some of whose operations fail.
type failing struct {
	inner
	when func(Operation) error

	mu   sync.Mutex
	next int
}

// Fail decorates t so that an operation for which when returns an error fails
// with it, at Wait, and never reaches t. when is called in the order in which
// operations start, one at a time.
func Fail(t transport.Transport, when func(Operation) error) transport.Transport {
	return &failing{inner: inner{t}, when: when}
}

// FailNth fails the n-th operation, from 0, of those that match; match nil: of
// all.
func FailNth(n int, match func(Operation) bool, err error) func(Operation) error {
	seen := 0
	return func(o Operation) error {
		if match != nil && !match(o) {
			return nil
		}
		seen++
		if seen-1 == n {
			return err
		}
		return nil
	}
}

// failed is the request of an operation that never started.
type failed struct{ err error }

func (failed) N() int { return 0 }

// inject returns when's error for the next operation.
func (t *failing) inject(o Operation) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	o.Index = t.next
	t.next++
	return t.when(o)
}

func (t *failing) Isend(to int, tag transport.Tag, p []byte) transport.Request {
	if err := t.inject(Operation{Send: true, Peer: to, Tag: tag, Nbytes: len(p)}); err != nil {
		return failed{err}
	}
	return t.inner.Isend(to, tag, p)
}

func (t *failing) Irecv(from int, tag transport.Tag, p []byte) transport.Request {
	if err := t.inject(Operation{Peer: from, Tag: tag, Nbytes: len(p)}); err != nil {
		return failed{err}
	}
	return t.inner.Irecv(from, tag, p)
}

// Wait waits for the requests that reached the transport, even if others
// failed, and returns the first error in the list.
func (t *failing) Wait(ctx context.Context, reqs ...transport.Request) error {
	var first error
	for _, r := range reqs {
		var err error
		if f, ok := r.(failed); ok {
			err = f.err
		} else {
			err = t.inner.Wait(ctx, r)
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

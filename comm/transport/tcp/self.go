package tcp

import (
	"sync"

	"numcomp/comm/transport"
)

// self carries the messages of a rank to itself: short ones by a copy within
// the credit, as to any other rank; others from buffer to buffer, once both
// sides are there.
type self struct {
	mu      sync.Mutex
	err     error
	matcher matcher
	credit  int
}

func (s *self) send(t *Transport, tag transport.Tag, p []byte) *request {
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return failed(s.err)
	}
	if r := s.matcher.takeReceive(tag); r != nil {
		s.mu.Unlock()
		deliver(r, p)
		return finished(len(p))
	}
	defer s.mu.Unlock()
	if cost := len(p) + eagerCost; len(p) <= t.opts.EagerLimit && cost <= s.credit {
		s.credit -= cost
		s.matcher.arrive(tag, &message{data: append([]byte(nil), p...), size: len(p)})
		return finished(len(p))
	}
	r := &request{tag: tag, buf: p, size: len(p)}
	s.matcher.arrive(tag, &message{data: p, size: len(p), send: r})
	return r
}

func (s *self) receive(tag transport.Tag, p []byte) *request {
	r := &request{receive: true, tag: tag, buf: p}
	s.mu.Lock()
	msg := s.matcher.takeMessage(tag)
	if msg == nil {
		defer s.mu.Unlock()
		if s.err != nil {
			return failed(s.err)
		}
		s.matcher.post(r)
		return r
	}
	if msg.send == nil {
		s.credit += msg.size + eagerCost
	}
	s.mu.Unlock()
	deliver(r, msg.data)
	if msg.send != nil {
		msg.send.end(msg.size, nil)
	}
	return r
}

func (s *self) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	s.matcher.fail(err, false)
}

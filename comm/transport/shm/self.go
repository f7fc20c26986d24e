package shm

import "numcomp/comm/transport"

const (
	// selfEager is the longest message to itself, in bytes, that a rank copies when
	// its receive is not posted yet; selfCost is charged for each beside its bytes.
	selfEager, selfCost = 64 << 10, 64
)

// sendSelf sends p to this rank.
func (t *Transport) sendSelf(tag transport.Tag, p []byte) *request {
	s := &request{buf: p}
	if r, ok := t.self.TakeReceive(tag); ok {
		deliver(r, p, nil)
		s.finish(len(p), nil)
		return s
	}
	m := &message{data: p}
	if len(p) <= selfEager && t.kept+len(p)+selfCost <= t.opts.Credit {
		t.kept += len(p) + selfCost
		m.data = append([]byte(nil), p...)
		s.finish(len(p), nil)
	} else {
		m.send = s
	}
	t.self.Arrive(tag, m)
	return s
}

// receiveSelf receives a message of this rank.
func (t *Transport) receiveSelf(tag transport.Tag, r *request) *request {
	m, ok := t.self.TakeMessage(tag)
	if !ok {
		t.self.Post(tag, r)
		return r
	}
	n := len(m.data)
	deliver(r, m.data, nil)
	if m.send != nil {
		m.send.finish(n, nil)
	} else {
		t.kept -= n + selfCost
	}
	return r
}

// deliver ends a receive with the message p, q.
func deliver(r *request, p, q []byte) {
	if len(p)+len(q) > len(r.buf) {
		r.finish(0, transport.ErrTruncated)
		return
	}
	n := copy(r.buf, p)
	n += copy(r.buf[n:], q)
	r.finish(n, nil)
}

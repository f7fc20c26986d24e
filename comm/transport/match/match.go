package match

import "numcomp/comm/transport"

// queue holds, oldest first, either receives without a message or messages
// without a receive; never both.
type queue[R, M any] struct {
	receives Fifo[R]
	messages Fifo[M]
}

// Matcher holds the receives R posted for the messages M of one sender, and the
// messages that came before their receives. Its owner locks it. The zero Matcher
// is empty.
type Matcher[R, M any] struct {
	queues map[transport.Tag]*queue[R, M]
	spare  []*queue[R, M] // empty ones, put by for the next tag
	posted int
}

const maxSpare = 8

// Posted is the number of receives that wait for a message.
func (m *Matcher[R, M]) Posted() int { return m.posted }

// Idle tells that neither receives nor messages of tag are held.
func (m *Matcher[R, M]) Idle(tag transport.Tag) bool {
	return len(m.queues) == 0 || m.queues[tag] == nil
}

func (m *Matcher[R, M]) of(tag transport.Tag) *queue[R, M] {
	q := m.queues[tag]
	if q == nil {
		if n := len(m.spare); n > 0 {
			q, m.spare = m.spare[n-1], m.spare[:n-1]
		} else {
			q = &queue[R, M]{}
		}
		if m.queues == nil {
			m.queues = make(map[transport.Tag]*queue[R, M])
		}
		m.queues[tag] = q
	}
	return q
}

func (m *Matcher[R, M]) emptied(tag transport.Tag, q *queue[R, M]) {
	if q.receives.Len() > 0 || q.messages.Len() > 0 {
		return
	}
	delete(m.queues, tag)
	if len(m.spare) < maxSpare {
		m.spare = append(m.spare, q)
	}
}

// TakeReceive takes the oldest receive posted for tag, if there is one.
func (m *Matcher[R, M]) TakeReceive(tag transport.Tag) (r R, ok bool) {
	q := m.queues[tag]
	if q == nil || q.receives.Len() == 0 {
		return r, false
	}
	r = q.receives.Pop()
	m.posted--
	m.emptied(tag, q)
	return r, true
}

// TakeMessage takes the oldest message of tag, if there is one.
func (m *Matcher[R, M]) TakeMessage(tag transport.Tag) (msg M, ok bool) {
	q := m.queues[tag]
	if q == nil || q.messages.Len() == 0 {
		return msg, false
	}
	msg = q.messages.Pop()
	m.emptied(tag, q)
	return msg, true
}

// Post adds a receive for which TakeMessage has found nothing.
func (m *Matcher[R, M]) Post(tag transport.Tag, r R) {
	m.of(tag).receives.Push(r)
	m.posted++
}

// Arrive adds a message for which TakeReceive has found nothing.
func (m *Matcher[R, M]) Arrive(tag transport.Tag, msg M) { m.of(tag).messages.Push(msg) }

// Fail takes out every receive, which it gives to end, and every message for which
// drop is true.
func (m *Matcher[R, M]) Fail(end func(R), drop func(M) bool) {
	m.posted = 0
	for tag, q := range m.queues {
		for q.receives.Len() > 0 {
			end(q.receives.Pop())
		}
		for n := q.messages.Len(); n > 0; n-- {
			if msg := q.messages.Pop(); !drop(msg) {
				q.messages.Push(msg)
			}
		}
		if q.messages.Len() == 0 {
			delete(m.queues, tag)
		}
	}
}

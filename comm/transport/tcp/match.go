package tcp

import (
	"numcomp/comm/transport"
	"numcomp/comm/transport/match"
)

// message is one that arrived before its receive was posted: eager with its
// data, or announced by a request frame, or waiting at this very rank.
type message struct {
	data []byte
	size int
	id   uint64
	// announced: the data is still at the sender and has to be asked for.
	announced bool
	// send is the sender's own request, of a message to itself that was not copied.
	send *request
}

// queue holds, oldest first, either receives without a message or messages
// without a receive; never both.
type queue struct {
	receives match.Fifo[*request]
	messages match.Fifo[*message]
}

// matcher brings the messages of one sender and the receives posted for them
// together, tag by tag, first come first served. Its owner locks it.
type matcher struct {
	queues map[transport.Tag]*queue
	spare  []*queue // empty ones, put by for the next tag
	posted int      // receives in all queues
}

const maxSpare = 8

func (m *matcher) of(tag transport.Tag) *queue {
	q := m.queues[tag]
	if q == nil {
		if n := len(m.spare); n > 0 {
			q, m.spare = m.spare[n-1], m.spare[:n-1]
		} else {
			q = &queue{}
		}
		if m.queues == nil {
			m.queues = make(map[transport.Tag]*queue)
		}
		m.queues[tag] = q
	}
	return q
}

func (m *matcher) emptied(tag transport.Tag, q *queue) {
	if q.receives.Len() > 0 || q.messages.Len() > 0 {
		return
	}
	delete(m.queues, tag)
	if len(m.spare) < maxSpare {
		m.spare = append(m.spare, q)
	}
}

// takeReceive takes the oldest receive posted for tag, nil if there is none.
func (m *matcher) takeReceive(tag transport.Tag) *request {
	q := m.queues[tag]
	if q == nil || q.receives.Len() == 0 {
		return nil
	}
	r := q.receives.Pop()
	m.posted--
	m.emptied(tag, q)
	return r
}

// takeMessage takes the oldest message of tag, nil if there is none.
func (m *matcher) takeMessage(tag transport.Tag) *message {
	q := m.queues[tag]
	if q == nil || q.messages.Len() == 0 {
		return nil
	}
	msg := q.messages.Pop()
	m.emptied(tag, q)
	return msg
}

func (m *matcher) post(r *request)                        { m.of(r.tag).receives.Push(r) }
func (m *matcher) arrive(tag transport.Tag, msg *message) { m.of(tag).messages.Push(msg) }

// fail ends all receives and all messages' own sends with err. Messages are
// dropped, except, if keepData, those that are here whole.
func (m *matcher) fail(err error, keepData bool) {
	m.posted = 0
	for tag, q := range m.queues {
		for q.receives.Len() > 0 {
			q.receives.Pop().end(0, err)
		}
		for n := q.messages.Len(); n > 0; n-- {
			msg := q.messages.Pop()
			if msg.send != nil {
				msg.send.end(0, err)
			}
			if keepData && !msg.announced && msg.send == nil {
				q.messages.Push(msg)
			}
		}
		if q.messages.Len() == 0 {
			delete(m.queues, tag)
		}
	}
}

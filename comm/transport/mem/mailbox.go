package mem

import (
	"sync"

	"numcomp/comm/transport"
)

// mailbox is where messages to one rank meet the receives that it posted.
type mailbox struct {
	w     *world
	owner int

	mu     sync.Mutex
	queues map[key]*queue
	free   []*queue
	kept   map[int]int  // bytes kept, by sender, against credit
	gone   map[int]bool // ranks that have closed their transport
	broken *breakage
}

// key is what a message is matched by.
type key struct {
	from int
	tag  transport.Tag
}

// queue holds, oldest first, either receives without a message or messages
// without a receive; never both.
type queue struct {
	entries []entry
	head    int
}

// entry is one receive or one message. A message kept as a copy has no request:
// its send has ended.
type entry struct {
	receive bool
	req     *request
	p       []byte
}

func newMailbox(w *world, owner int) *mailbox {
	return &mailbox{w: w, owner: owner, queues: map[key]*queue{}, kept: map[int]int{}, gone: map[int]bool{}}
}

// send matches the message p of rank from, or keeps it.
func (m *mailbox) send(from int, tag transport.Tag, p []byte) *request {
	m.mu.Lock()
	if err := m.refuses(from, m.owner); err != nil {
		m.mu.Unlock()
		return m.w.failed(err)
	}
	k := key{from, tag}
	if e, ok := m.pop(k, true); ok {
		m.mu.Unlock()
		deliver(e, p)
		return m.w.finished(len(p))
	}
	defer m.mu.Unlock()
	if m.gone[m.owner] {
		return m.w.failed(errPeerClosed)
	}
	if cost := len(p) + entryCost; len(p) <= eagerLimit && m.kept[from]+cost <= credit {
		m.kept[from] += cost
		m.push(k, entry{p: append([]byte(nil), p...)})
		return m.w.finished(len(p))
	}
	req := pending()
	m.push(k, entry{req: req, p: p})
	return req
}

// recv matches the buffer p with the oldest message of rank from, or posts it.
func (m *mailbox) recv(from int, tag transport.Tag, p []byte) *request {
	m.mu.Lock()
	if err := m.refuses(m.owner, from); err != nil {
		m.mu.Unlock()
		return m.w.failed(err)
	}
	k := key{from, tag}
	if e, ok := m.pop(k, false); ok {
		if e.req == nil {
			m.kept[from] -= len(e.p) + entryCost
		}
		m.mu.Unlock()
		req := pending()
		deliver(entry{req: req, p: p}, e.p)
		if e.req != nil {
			e.req.end(len(e.p), nil)
		}
		return req
	}
	defer m.mu.Unlock()
	if m.gone[from] {
		return m.w.failed(errPeerClosed)
	}
	req := pending()
	m.push(k, entry{receive: true, req: req, p: p})
	return req
}

// deliver copies message into the receive e and ends it. It runs without the
// lock: nobody else holds e any longer.
func deliver(e entry, message []byte) {
	if len(message) > len(e.p) {
		e.req.end(0, transport.ErrTruncated)
		return
	}
	e.req.end(copy(e.p, message), nil)
}

// refuses is why rank may not start an operation with peer, or nil. That the
// peer has left is no reason yet: it may have left a message.
func (m *mailbox) refuses(rank, peer int) error {
	if m.gone[rank] {
		return transport.ErrClosed
	}
	if m.broken != nil {
		return m.broken.errorFor(rank)
	}
	return nil
}

// leave notes that rank r has closed and ends what waits for it: r's own
// operations with ErrClosed, its peers' as the peer's end.
func (m *mailbox) leave(r int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone[r] {
		return
	}
	m.gone[r] = true
	m.drop(func(k key, e entry) error {
		starter, peer := k.from, m.owner
		if e.receive {
			starter, peer = peer, starter
		}
		switch {
		case starter == r:
			return transport.ErrClosed
		case peer == r:
			return errPeerClosed
		}
		return nil
	})
}

// breakDown ends everything.
func (m *mailbox) breakDown(b *breakage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = b
	m.drop(func(k key, e entry) error {
		if e.receive {
			return b.errorFor(m.owner)
		}
		return b.errorFor(k.from)
	})
}

// drop ends every entry that has a request and for which why gives an error.
// Copies stay: their sends have ended, and their receiver may still come.
func (m *mailbox) drop(why func(key, entry) error) {
	for k, q := range m.queues {
		kept := q.entries[:0]
		for _, e := range q.entries[q.head:] {
			if e.req != nil {
				if err := why(k, e); err != nil {
					e.req.end(0, err)
					continue
				}
			}
			kept = append(kept, e)
		}
		clear(q.entries[len(kept):])
		q.entries, q.head = kept, 0
	}
}

// push appends e to k's queue.
func (m *mailbox) push(k key, e entry) {
	q := m.queues[k]
	if q == nil {
		if n := len(m.free); n > 0 {
			q, m.free = m.free[n-1], m.free[:n-1]
		} else {
			q = &queue{}
		}
		m.queues[k] = q
	}
	if q.head > 64 && q.head > len(q.entries)/2 { // so that a queue never empty does not grow for ever
		n := copy(q.entries, q.entries[q.head:])
		clear(q.entries[n:])
		q.entries, q.head = q.entries[:n], 0
	}
	q.entries = append(q.entries, e)
}

// pop takes the oldest entry of k's queue, if there is one and it is of the
// kind asked for. An empty queue is put by for the next key.
func (m *mailbox) pop(k key, receive bool) (entry, bool) {
	q := m.queues[k]
	if q == nil || q.head == len(q.entries) || q.entries[q.head].receive != receive {
		return entry{}, false
	}
	e := q.entries[q.head]
	q.entries[q.head] = entry{}
	q.head++
	if q.head == len(q.entries) {
		q.entries, q.head = q.entries[:0], 0
		delete(m.queues, k)
		m.free = append(m.free, q)
	}
	return e, true
}

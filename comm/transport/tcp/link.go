package tcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"numcomp/comm/transport"
	"numcomp/comm/transport/match"
)

// link is the connection to one rank, from before it is opened to after its
// end, with all that is under way on it.
//
// At most one goroutine at a time reads the connection (roles.go) and at most
// one writes it: whoever has something to send, or a writer of its own while
// there is more than the socket takes at once. The reader owns input and the
// receive that active names; who has set writing owns batch and what hangs on it.
type link struct {
	t    *Transport
	rank int

	mu sync.Mutex
	// err is why every operation ends: the world's end, or the peer's goodbye.
	err error

	// Opening.
	dialling bool
	stopDial context.CancelFunc
	admitted bool          // the peer's connection was accepted, and is about to be installed
	opened   chan struct{} // closed by install, made by the dial
	conn     wire          // nil before install

	// The end.
	closing  bool // this side has closed: nothing but a goodbye goes out
	farewell bool // the goodbye is written or being written
	gone     bool // the peer has said goodbye
	dead     bool // the connection has failed; the verdict is to come

	// Who reads.
	reader    role
	offered   bool   // somebody is to read unless a leader comes soon
	turns     uint64 // how often somebody led
	swept     uint64 // turns when the sweeper last looked
	listed    atomic.Bool
	followers atomic.Int64 // requests that somebody who does not read waits for
	hot       atomic.Bool  // a follower's receive has ended

	// Receiving.
	matcher matcher
	pieces  map[uint64]*request // receives whose data is coming in pieces, by the sender's id
	active  *request            // the receive that the reader is filling without the lock
	owed    int                 // credit to give back
	owing   bool                // a credit frame is queued
	input   input
	payload payload
	mayWait bool   // the reader sleeps until something comes
	once    bool   // and no longer
	dst     []byte // where the read under way goes, nil: to input
	got     int    // how the read under way ended
	dry     bool   // nothing has come
	readErr error
	onRead  func(fd uintptr) bool
	// received counts bytes, for the reader to see whether there was any.
	received uint64

	// Sending.
	credit   int                 // how much may be sent eagerly
	lastID   uint64              // of a message announced
	waiting  map[uint64]*request // announced, not asked for yet
	out      match.Fifo[frame]
	streams  match.Fifo[*request] // asked for, being sent in pieces
	writing  bool
	polled   bool   // a leader comes back to write what the socket does not take at once
	paused   bool   // writing is set, and that leader goes on with it
	sent     uint64 // bytes
	batch    *batch
	blocking bool  // the write under way may wait for the socket
	full     bool  // the write under way stopped because the socket was full
	wrote    error // how the write under way ended
	pushed   int   // bytes that the write under way has brought out
	writeErr error // how writing ended; nothing is written any more
	onWrite  func(fd uintptr) bool
}

func newLink(t *Transport, rank int) *link {
	return &link{t: t, rank: rank, credit: t.opts.Credit}
}

// send starts to send p: at once if it is short and there is credit, else by
// announcing it. prompt: the caller waits for it at once.
func (l *link) send(tag transport.Tag, p []byte, prompt bool) *request {
	r := &request{link: l, long: len(p) >= longMessage, tag: tag, buf: p, size: len(p)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return failed(l.err)
	}
	if cost := len(p) + eagerCost; len(p) <= l.t.opts.EagerLimit && cost <= l.credit {
		l.credit -= cost
		l.out.Push(frame{header: header{kind: kindEager, tag: uint64(tag), length: uint64(len(p))}, payload: p, req: r})
	} else {
		l.lastID++
		r.id = l.lastID
		if l.waiting == nil {
			l.waiting = make(map[uint64]*request)
		}
		l.waiting[r.id] = r
		l.out.Push(frame{header: header{kind: kindRequest, tag: uint64(tag), length: uint64(len(p)), id: r.id}})
		if !prompt {
			l.offerReader()
		}
	}
	l.open()
	l.kick()
	return r
}

// receive takes the oldest message of tag, or posts p for it. prompt: the caller
// waits for it at once.
func (l *link) receive(tag transport.Tag, p []byte, prompt bool) *request {
	r := &request{link: l, receive: true, long: len(p) >= longMessage, tag: tag, buf: p}
	l.mu.Lock()
	msg := l.matcher.takeMessage(tag)
	switch {
	case msg == nil && l.err != nil:
		r = failed(l.err)
		l.mu.Unlock()
	case msg == nil:
		l.matcher.post(r)
		if len(p) > l.t.opts.EagerLimit && !prompt {
			l.offerReader()
		}
		l.mu.Unlock()
	case msg.announced:
		l.ask(r, msg.size, msg.id)
		if !prompt {
			l.offerReader()
		}
		l.kick()
		l.mu.Unlock()
	default:
		l.consumed(msg.size)
		l.kick()
		l.mu.Unlock()
		deliver(r, msg.data)
	}
	return r
}

// deliver copies a whole message into the receive and ends it.
func deliver(r *request, data []byte) {
	if len(data) > len(r.buf) {
		r.end(0, truncated(len(data), len(r.buf)))
		return
	}
	r.end(copy(r.buf, data), nil)
}

func truncated(size, room int) error {
	return fmt.Errorf("%d bytes for a buffer of %d: %w", size, room, transport.ErrTruncated)
}

// ask has the peer send the message id into r, or drop it when r is too short.
// l.mu is held.
func (l *link) ask(r *request, size int, id uint64) {
	if size > len(r.buf) {
		l.out.Push(frame{header: header{kind: kindClear, flags: flagDrop, id: id}})
		r.end(0, truncated(size, len(r.buf)))
		return
	}
	r.size = size
	l.keepPiece(id, r)
	l.out.Push(frame{header: header{kind: kindClear, id: id}})
}

func (l *link) keepPiece(id uint64, r *request) {
	if l.pieces == nil {
		l.pieces = make(map[uint64]*request)
	}
	l.pieces[id] = r
}

// consumed gives the credit of an eager message back, in a frame of its own once
// half of it is owed. l.mu is held.
func (l *link) consumed(size int) {
	l.owed += size + eagerCost
	if l.owed >= l.t.opts.Credit/2 && !l.owing && l.err == nil {
		l.owing = true
		l.out.Push(frame{header: header{kind: kindCredit}})
	}
}

// fail ends every operation whose buffer nobody is touching. Those that the
// reader or the writer has in hand end with it. l.mu is held.
func (l *link) fail(err error, keepData bool) {
	l.err = err
	l.matcher.fail(err, keepData)
	for id, r := range l.pieces {
		delete(l.pieces, id)
		if r != l.active {
			r.end(0, err)
		}
	}
	for id, r := range l.waiting {
		delete(l.waiting, id)
		r.end(0, err)
	}
	if !l.writing {
		l.dropOutput()
	}
}

// dropOutput ends what was to be written. l.mu is held, and nobody is writing.
func (l *link) dropOutput() {
	if l.batch != nil {
		l.batch.fail(l.err)
		l.t.putBatch(l.batch)
		l.batch = nil
	}
	for l.out.Len() > 0 {
		if f := l.out.Pop(); f.req != nil {
			f.req.end(0, l.err)
		}
	}
	for l.streams.Len() > 0 {
		l.streams.Pop().end(0, l.err)
	}
}

// shut ends the link at once, with err for all that is pending.
func (l *link) shut(err error) {
	l.mu.Lock()
	l.fail(err, false)
	if l.stopDial != nil {
		l.stopDial()
	}
	c := l.conn
	l.mu.Unlock()
	if c != nil {
		c.Close()
	}
}

// sayGoodbye ends all operations with ErrClosed, and the connection once the
// frame under way and a goodbye have gone out and the peer has answered with its
// end.
func (l *link) sayGoodbye() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail(transport.ErrClosed, false)
	if l.stopDial != nil {
		l.stopDial()
	}
	l.closing = true
	l.kick()
	l.interrupt()
	l.readInBackground()
}

// open begins to dial, if nothing else has opened the connection. l.mu is held.
func (l *link) open() {
	if l.conn != nil || l.dialling || l.admitted || l.dead || l.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.t.ctx, l.t.opts.DialTimeout)
	opened := make(chan struct{})
	if l.t.tasks.run(func() { defer cancel(); l.dial(ctx, opened) }) {
		l.dialling, l.stopDial, l.opened = true, cancel, opened
	} else {
		cancel()
	}
}

// dial opens the connection from this side. It ends early when the peer's own
// connection has been accepted meanwhile, and waits for that one when the peer
// says so.
func (l *link) dial(ctx context.Context, opened <-chan struct{}) {
	c, err := l.t.e.dial(ctx, l.rank, l.t.peers.At(l.rank).Addrs, KindData)
	if err == nil {
		l.t.install(l.rank, c)
		return
	}
	if errors.Is(err, errYield) {
		select {
		case <-opened:
		case <-ctx.Done():
			err = errors.New("it said that it connects itself, but did not")
		}
	}
	l.mu.Lock()
	l.dialling = false
	over := l.admitted || l.conn != nil || l.err != nil
	l.dead = !over
	l.mu.Unlock()
	if !over {
		l.t.lost(l.rank, err)
	}
}

// admit decides about a connection that the peer has dialled.
func (l *link) admit() (status byte, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lower := l.t.rank < l.rank
	switch {
	case l.err != nil:
		return statusRefused, fmt.Sprintf("rank %d has ended", l.t.rank)
	case lower && l.dialling, lower && l.conn != nil && l.opened != nil:
		return statusYield, ""
	case l.conn != nil || l.admitted || l.dead:
		return statusRefused, fmt.Sprintf("rank %d has a data connection to rank %d already", l.t.rank, l.rank)
	}
	l.admitted = true
	if l.dialling {
		l.stopDial()
	}
	return statusOK, ""
}

// install implements sink: the link to a rank is open.
func (t *Transport) install(rank int, c *net.TCPConn) {
	l := t.link(rank)
	w, err := t.wire(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.admitted, l.dialling = false, false
	// While closing, the peer still has to hear the goodbye.
	if err != nil || l.conn != nil || l.err != nil && !l.closing {
		w.Close()
		return
	}
	l.conn = w
	l.onRead, l.onWrite = l.readSome, l.writeSome
	if l.opened != nil {
		close(l.opened)
	}
	l.readInBackground()
	if l.reader == nobody { // Close is over
		l.dead = true
		w.Close()
		return
	}
	l.kick()
}

// ended is called when reading has come to its end.
func (l *link) ended(err error) {
	l.mu.Lock()
	l.input.release(l.t)
	known := l.err != nil
	l.dead = true
	if l.writeErr != nil && errors.Is(err, io.EOF) {
		err = l.writeErr
	}
	c := l.conn
	l.mu.Unlock()
	c.Close()
	if !known {
		l.t.lost(l.rank, err)
	}
}

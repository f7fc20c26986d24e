package tcp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"numcomp/comm/transport"
)

// inputLen is the length of a read buffer. A link has one only while bytes that
// it has not looked at are there; longer payloads are read straight to where
// they belong.
const inputLen = 16 << 10

// input is what has been read and not been looked at.
type input struct {
	buf  *[inputLen]byte
	r, w int
}

func (in *input) len() int { return in.w - in.r }

// take returns the next n bytes, which must be there. They are valid until the
// next read.
func (in *input) take(n int) []byte {
	in.r += n
	return in.buf[in.r-n : in.r]
}

func (in *input) compact() {
	if in.r > 0 {
		in.w = copy(in.buf[:], in.buf[in.r:in.w])
		in.r = 0
	}
}

func (in *input) release(t *Transport) {
	if in.buf != nil {
		t.inputs.Put(in.buf)
	}
	*in = input{}
}

// holdsFrame reports whether a whole frame is there.
func (in *input) holdsFrame() bool {
	if in.len() < headerLen {
		return false
	}
	h, err := parseHeader(in.buf[in.r:])
	if err != nil {
		return true // handling it will tell
	}
	return !h.hasPayload() || uint64(in.len()-headerLen) >= h.length
}

// payload is what the frame under way still has to bring. It lies in the link, so
// that another goroutine can go on reading in the midst of a frame.
type payload struct {
	frame header
	open  bool   // there is a frame under way
	rest  []byte // where its bytes go
	kept  []byte // the whole of a message that nobody has asked for yet
	drop  int    // how many bytes nobody wants
}

// readFrames handles frames until enough, which is asked before each, says so. It
// returns false when nothing more has come, unless the reader may wait.
func (l *link) readFrames(enough func() bool) (bool, error) {
	for {
		came, err := l.readPayload()
		switch {
		case err != nil:
			return false, l.abandon(err)
		case !came:
			return false, nil
		case enough():
			return true, nil
		case l.input.len() < headerLen:
			if came, err = l.readMore(); err != nil {
				return false, l.abandon(err)
			}
			if !came {
				return false, nil
			}
			continue
		}
		h, err := parseHeader(l.input.take(headerLen))
		if err == nil {
			err = l.handle(h)
		}
		if err != nil {
			return false, err
		}
	}
}

// readPayload reads what is left of the frame under way, what is in input first.
func (l *link) readPayload() (bool, error) {
	p := &l.payload
	if !p.open {
		return true, nil
	}
	for len(p.rest) > 0 || p.drop > 0 {
		if n := l.input.len(); n > 0 {
			p.drop -= len(l.input.take(min(n, p.drop)))
			n = copy(p.rest, l.input.buf[l.input.r:l.input.w])
			l.input.take(n)
			p.rest = p.rest[n:]
			continue
		}
		var came bool
		var err error
		if p.drop > 0 {
			came, err = l.readMore()
		} else {
			l.flush()
			came, err = l.readOnce(p.rest)
			p.rest = p.rest[l.got:]
		}
		if err != nil || !came {
			return false, err
		}
	}
	l.filled()
	return true, nil
}

// readMore reads what has come into input. What the frames handled so far have
// queued goes out first: this is where the reader waits.
func (l *link) readMore() (bool, error) {
	l.flush()
	l.input.compact()
	came, err := l.readOnce(nil)
	if err == nil {
		l.input.w += l.got
	}
	return came, err
}

func (l *link) flush() {
	l.mu.Lock()
	l.kick()
	l.mu.Unlock()
}

// readOnce reads at least one byte into dst, or into input if dst is nil. It
// returns false if none has come and the reader may not wait. An interrupt ends it
// early.
func (l *link) readOnce(dst []byte) (bool, error) {
	l.dst, l.got, l.dry, l.readErr = dst, 0, false, nil
	err := l.conn.Read(l.onRead)
	l.dst = nil
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded): // an interrupt
		return true, l.conn.SetReadDeadline(time.Time{})
	case err != nil:
		return false, err
	case l.readErr != nil:
		return false, l.readErr
	case l.dry:
		return false, nil
	case l.got == 0:
		return false, io.EOF
	}
	if l.once {
		l.mayWait, l.once = false, false
	}
	l.received += uint64(l.got)
	return true, nil
}

// readSome is the system call. While it waits with nothing in input, the buffer
// goes back to the pool.
func (l *link) readSome(fd uintptr) bool {
	for {
		dst := l.dst
		if dst == nil {
			if l.input.buf == nil {
				buf, _ := l.t.inputs.Get().(*[inputLen]byte)
				if buf == nil {
					buf = new([inputLen]byte)
				}
				l.input = input{buf: buf}
			}
			dst = l.input.buf[l.input.w:]
		}
		n, err := read(int(fd), dst)
		switch err {
		case nil:
			l.got = n
			return true
		case unix.EINTR:
		case unix.EAGAIN:
			if !l.mayWait {
				l.dry = true
				return true
			}
			if l.dst == nil && l.input.len() == 0 {
				l.input.release(l.t)
			}
			return false
		default:
			l.readErr = err
			return true
		}
	}
}

// abandon gives up the frame under way, for err has ended the reading.
func (l *link) abandon(err error) error {
	if err == io.EOF && (l.payload.open || l.input.len() > 0) {
		err = io.ErrUnexpectedEOF
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.active
	eager := l.payload.frame.kind == kindEager
	l.active, l.payload = nil, payload{}
	switch {
	case r == nil:
	case l.err != nil:
		r.end(0, l.err)
	case eager:
		l.keepPiece(0, r) // until the verdict; no message has the id 0
	}
	return err
}

// filled ends the frame under way, whose payload is there.
func (l *link) filled() {
	l.mu.Lock()
	h, data, r := l.payload.frame, l.payload.kept, l.active
	l.active, l.payload = nil, payload{}
	n := int(h.length)
	switch {
	case r == nil && data != nil:
		l.keepEager(transport.Tag(h.tag), data)
		return
	case r == nil:
	case h.kind == kindEager:
		r.end(n, nil)
	default:
		r.at += n
		switch {
		case r.at == r.size:
			delete(l.pieces, h.id)
			r.end(r.size, nil)
		case l.err != nil:
			r.end(0, l.err)
		}
	}
	l.mu.Unlock()
}

// handle acts on one frame. Its payload, if it has not come yet, is left to
// readPayload.
func (l *link) handle(h header) error {
	l.mu.Lock()
	if uint64(h.credit) > uint64(l.t.opts.Credit-l.credit) {
		l.mu.Unlock()
		return &FrameError{fmt.Sprintf("%d bytes of credit were never used", h.credit)}
	}
	l.credit += int(h.credit)
	if h.kind == kindEager {
		return l.handleEager(h)
	}
	defer l.mu.Unlock()
	switch h.kind {
	case kindData:
		return l.handleData(h)
	case kindRequest:
		l.handleRequest(h)
	case kindClear:
		return l.handleClear(h)
	case kindGoodbye:
		l.handleGoodbye()
	}
	return nil
}

// handleEager takes a whole message: from input, or from what is to come, to the
// receive posted for it or into a buffer of its own. It unlocks l.mu.
func (l *link) handleEager(h header) error {
	tag, size := transport.Tag(h.tag), int(h.length)
	if l.err != nil {
		l.payload = payload{frame: h, open: true, drop: size}
		l.mu.Unlock()
		return nil
	}
	r := l.matcher.takeReceive(tag)
	switch {
	case size <= l.input.len():
		data := l.input.take(size)
		if r == nil {
			l.matcher.arrive(tag, &message{data: bytes.Clone(data), size: size})
			break
		}
		l.consumed(size)
		l.mu.Unlock()
		deliver(r, data)
		return nil
	case r == nil:
		data := make([]byte, size)
		l.payload = payload{frame: h, open: true, rest: data, kept: data}
	default:
		l.consumed(size)
		if size > len(r.buf) {
			l.payload = payload{frame: h, open: true, drop: size}
			r.end(0, truncated(size, len(r.buf)))
			break
		}
		l.payload = payload{frame: h, open: true, rest: r.buf[:size]}
		l.active = r
	}
	l.mu.Unlock()
	return nil
}

// keepEager takes in a message that nobody had asked for when it began to come,
// within the credit. It unlocks l.mu.
func (l *link) keepEager(tag transport.Tag, data []byte) {
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	// Its receive may have been posted meanwhile.
	r := l.matcher.takeReceive(tag)
	if r == nil {
		l.matcher.arrive(tag, &message{data: data, size: len(data)})
		l.mu.Unlock()
		return
	}
	l.consumed(len(data))
	l.mu.Unlock()
	deliver(r, data)
}

// handleData has a piece of a long message read straight into its receive. l.mu is
// held.
func (l *link) handleData(h header) error {
	n := int(h.length)
	r := l.pieces[h.id]
	switch {
	case r == nil && l.err != nil:
		l.payload = payload{frame: h, open: true, drop: n}
		return nil
	case r == nil || n > r.size-r.at:
		return &FrameError{fmt.Sprintf("data of a message, id %d, that is not under way", h.id)}
	}
	l.payload = payload{frame: h, open: true, rest: r.buf[r.at : r.at+n]}
	l.active = r
	return nil
}

// handleRequest asks for an announced message if its receive is posted. l.mu is
// held, also in what follows.
func (l *link) handleRequest(h header) {
	if l.err != nil {
		return
	}
	tag := transport.Tag(h.tag)
	if r := l.matcher.takeReceive(tag); r != nil {
		l.ask(r, int(h.length), h.id)
		return
	}
	l.matcher.arrive(tag, &message{size: int(h.length), id: h.id, announced: true})
}

// handleClear lets an announced message go.
func (l *link) handleClear(h header) error {
	r := l.waiting[h.id]
	switch {
	case r == nil && l.err != nil:
		return nil
	case r == nil:
		return &FrameError{fmt.Sprintf("a message, id %d, that is not under way is asked for", h.id)}
	}
	delete(l.waiting, h.id)
	if h.flags&flagDrop != 0 {
		r.end(r.size, nil)
		return nil
	}
	l.streams.Push(r)
	return nil
}

// handleGoodbye ends what waits for the peer. What it has sent stays to be
// received.
func (l *link) handleGoodbye() {
	l.gone = true
	if l.err == nil {
		p := l.t.peers.At(l.rank)
		l.fail(&PeerClosedError{Rank: l.rank, Host: p.Host, PID: p.PID}, true)
	}
	if !l.writing {
		l.stopWriting()
	}
}

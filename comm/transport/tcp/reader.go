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

// readFrames handles frames until enough, which is asked before each, says so.
func (l *link) readFrames(enough func() bool) error {
	for !enough() {
		if l.input.len() < headerLen {
			if err := l.readMore(); err != nil {
				return err
			}
			continue
		}
		h, err := parseHeader(l.input.take(headerLen))
		if err != nil {
			return err
		}
		if err := l.handle(h); err != nil {
			return err
		}
	}
	return nil
}

// readMore reads what has come into input. What the frames handled so far have
// queued goes out first: this is where the reader waits.
func (l *link) readMore() error {
	l.flush()
	l.input.compact()
	err := l.readOnce(nil)
	switch {
	case err == io.EOF && l.input.len() > 0:
		return io.ErrUnexpectedEOF
	case errors.Is(err, os.ErrDeadlineExceeded):
		return l.conn.SetReadDeadline(time.Time{}) // an interrupt
	}
	return err
}

func (l *link) flush() {
	l.mu.Lock()
	l.kick()
	l.mu.Unlock()
}

// readOnce reads at least one byte into dst, or into input if dst is nil.
func (l *link) readOnce(dst []byte) error {
	l.dst, l.got, l.readErr = dst, 0, nil
	err := l.raw.Read(l.onRead)
	switch {
	case err != nil:
		return err
	case l.readErr != nil:
		return l.readErr
	case l.got == 0:
		return io.EOF
	}
	if dst == nil {
		l.input.w += l.got
	}
	return nil
}

// readSome is the system call, again and again for as long as the policy of
// waiting says. While it waits after that with nothing in input, the buffer goes
// back to the pool.
func (l *link) readSome(fd uintptr) bool {
	look := looks{policy: l.patience}
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
			if look.again() {
				continue
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

// readFull fills dst with payload, what is in input first.
func (l *link) readFull(dst []byte) error {
	if n := min(len(dst), l.input.len()); n > 0 {
		copy(dst, l.input.take(n))
		dst = dst[n:]
	}
	if len(dst) > 0 {
		l.flush()
	}
	for len(dst) > 0 {
		err := l.readOnce(dst)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded): // an interrupt, in the midst of a frame
			err = l.conn.SetReadDeadline(time.Time{})
		case err == io.EOF:
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		dst = dst[l.got:]
	}
	return nil
}

// discard reads n bytes of payload that nobody wants.
func (l *link) discard(n int) error {
	for n > 0 {
		if l.input.len() == 0 {
			if err := l.readMore(); err != nil {
				return err
			}
		}
		n -= len(l.input.take(min(n, l.input.len())))
	}
	return nil
}

// handle acts on one frame and reads its payload.
func (l *link) handle(h header) error {
	l.mu.Lock()
	if uint64(h.credit) > uint64(l.t.opts.Credit-l.credit) {
		l.mu.Unlock()
		return &FrameError{fmt.Sprintf("%d bytes of credit were never used", h.credit)}
	}
	l.credit += int(h.credit)
	switch h.kind {
	case kindEager:
		return l.handleEager(transport.Tag(h.tag), int(h.length))
	case kindData:
		return l.handleData(h.id, int(h.length))
	}
	defer l.mu.Unlock()
	switch h.kind {
	case kindRequest:
		l.handleRequest(h)
	case kindClear:
		return l.handleClear(h)
	case kindGoodbye:
		l.handleGoodbye()
	}
	return nil
}

// handleEager takes a whole message: from input or from the socket, to the
// receive posted for it or into a buffer of its own. It unlocks l.mu.
func (l *link) handleEager(tag transport.Tag, size int) error {
	if l.err != nil {
		l.mu.Unlock()
		return l.discard(size)
	}
	r := l.matcher.takeReceive(tag)
	if size <= l.input.len() {
		data := l.input.take(size)
		if r == nil {
			l.matcher.arrive(tag, &message{data: bytes.Clone(data), size: size})
			l.mu.Unlock()
			return nil
		}
		l.consumed(size)
		l.mu.Unlock()
		deliver(r, data)
		return nil
	}
	if r == nil {
		l.mu.Unlock()
		return l.keepEager(tag, size)
	}
	l.consumed(size)
	if size > len(r.buf) {
		l.mu.Unlock()
		r.end(0, truncated(size, len(r.buf)))
		return l.discard(size)
	}
	l.active = r
	l.mu.Unlock()

	err := l.readFull(r.buf[:size])
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = nil
	switch {
	case err == nil:
		r.end(size, nil)
	case l.err != nil:
		r.end(0, l.err)
	default:
		l.keepPiece(0, r) // until the verdict; no message has the id 0
	}
	return err
}

// keepEager reads a message that nobody has asked for yet, within the credit.
func (l *link) keepEager(tag transport.Tag, size int) error {
	data := make([]byte, size)
	if err := l.readFull(data); err != nil {
		return err
	}
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return nil
	}
	// Its receive may have been posted meanwhile.
	r := l.matcher.takeReceive(tag)
	if r == nil {
		l.matcher.arrive(tag, &message{data: data, size: size})
		l.mu.Unlock()
		return nil
	}
	l.consumed(size)
	l.mu.Unlock()
	deliver(r, data)
	return nil
}

// handleData reads a piece of a long message straight into its receive. It
// unlocks l.mu.
func (l *link) handleData(id uint64, n int) error {
	r := l.pieces[id]
	switch {
	case r == nil && l.err != nil:
		l.mu.Unlock()
		return l.discard(n)
	case r == nil || n > r.size-r.at:
		l.mu.Unlock()
		return &FrameError{fmt.Sprintf("data of a message, id %d, that is not under way", id)}
	}
	l.active = r
	l.mu.Unlock()

	err := l.readFull(r.buf[r.at : r.at+n])
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = nil
	if err == nil {
		r.at += n
	}
	switch {
	case r.at == r.size:
		delete(l.pieces, id)
		r.end(r.size, nil)
	case l.err != nil:
		r.end(0, l.err)
	}
	return err
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
	l.streams.push(r)
	return nil
}

// handleGoodbye ends what waits for the peer. What it has sent stays to be
// received.
func (l *link) handleGoodbye() {
	l.gone = true
	if l.err == nil {
		p := l.t.peers[l.rank]
		l.fail(&PeerClosedError{Rank: l.rank, Host: p.Host, PID: p.PID}, true)
	}
	if !l.writing {
		l.stopWriting()
	}
}

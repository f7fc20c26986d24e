package tcp

import (
	"math"

	"golang.org/x/sys/unix"
)

// frame is one frame that waits to be written. req, if there is one, ends with
// its writing.
type frame struct {
	header
	payload []byte
	req     *request
}

// kick has what is queued written. For the lowest latency the caller's own
// goroutine writes as much as the socket takes at once; pieces of long messages,
// and what the socket does not take, are left to a leader that comes back for it
// again and again, or to a writer goroutine, so that nobody but that one ever
// waits. l.mu is held, and given up meanwhile.
func (l *link) kick() {
	if l.writing || !l.hasOutput() {
		return
	}
	l.writing = true
	if l.streams.Len() > 0 && !l.polled {
		l.startWriter()
		return
	}
	l.write(false)
}

// goOn writes what the polling leader can. l.mu is held, and given up meanwhile.
func (l *link) goOn() {
	if !l.paused {
		l.kick()
		return
	}
	l.paused = false
	l.write(false)
}

// pause leaves the rest to the leader that polls, or to a writer. l.mu is held;
// writing stays set.
func (l *link) pause() {
	if l.polled {
		l.paused = true
		return
	}
	l.startWriter()
}

// endPolling has a writer do what the leader no longer comes back for. l.mu is
// held.
func (l *link) endPolling() {
	l.polled = false
	if l.paused {
		l.paused = false
		l.startWriter()
	}
}

// hasOutput reports whether there is something to write and where to. l.mu is
// held.
func (l *link) hasOutput() bool {
	if l.conn == nil || l.dead || l.writeErr != nil {
		return false
	}
	return l.out.Len() > 0 || l.streams.Len() > 0 || l.batch != nil || l.closing && !l.farewell && !l.gone
}

// startWriter hands writing over to a goroutine. l.mu is held.
func (l *link) startWriter() {
	started := l.t.tasks.run(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.write(true)
	})
	if !started {
		l.stopWriting()
	}
}

// stopWriting ends the turn of whoever set writing. l.mu is held.
func (l *link) stopWriting() {
	l.writing = false
	if l.err != nil {
		l.dropOutput()
	}
	if l.conn != nil && (l.farewell || l.gone) {
		_ = l.conn.CloseWrite() // a connection that is gone needs no end
	}
}

// write writes batches until nothing is left. Unless block is set it stops after
// one batch, or when the socket is full, and hands the rest over. l.mu is held,
// except during the system call; writing is set.
func (l *link) write(block bool) {
	for l.fill() {
		l.blocking, l.full, l.wrote, l.pushed = block, false, nil, 0
		l.mu.Unlock()
		var err error
		if block {
			err = l.writePatiently()
		} else {
			err = l.conn.Write(l.onWrite)
		}
		l.mu.Lock()
		l.sent += uint64(l.pushed)
		if l.writeErr = err; err == nil {
			l.writeErr = l.wrote
		}
		switch {
		case l.writeErr != nil:
			// The reader still takes what has come, and then reports the end.
			// Until the verdict, what was to be written stays pending.
			_ = l.conn.CloseRead()
			_ = l.conn.CloseWrite()
			l.stopWriting()
			l.readInBackground()
			return
		case l.full:
			l.pause()
			return
		}
		l.written()
		if !block && l.hasOutput() {
			l.pause()
			return
		}
	}
	l.stopWriting()
}

// fill makes the next batch, unless one is half written; false if there is
// nothing to write. l.mu is held.
func (l *link) fill() bool {
	if l.batch != nil {
		return true
	}
	if l.err != nil {
		l.dropOutput()
	}
	if !l.hasOutput() {
		return false
	}
	b := l.t.getBatch()
	l.batch = b
	for l.out.Len() > 0 && b.fits(len(l.out.First().payload)) {
		f := l.out.Pop()
		f.credit = l.payBack()
		b.add(f.header, f.payload)
		if f.req != nil {
			b.ends = append(b.ends, f.req)
		}
	}
	if l.closing && !l.farewell {
		l.farewell = true
		b.add(header{kind: kindGoodbye}, nil)
	}
	if l.streams.Len() > 0 {
		r := l.streams.Pop()
		b.stream, b.piece = r, min(l.t.opts.Piece, r.size-r.at)
		b.add(header{kind: kindData, length: uint64(b.piece), id: r.id, credit: l.payBack()}, r.buf[r.at:r.at+b.piece])
	}
	return true
}

// payBack is the credit that goes out with the next frame.
func (l *link) payBack() uint32 {
	n := min(l.owed, math.MaxUint32)
	l.owed -= n
	l.owing = false
	return uint32(n)
}

// written ends what a batch held. l.mu is held.
func (l *link) written() {
	b := l.batch
	l.batch = nil
	for _, r := range b.ends {
		r.end(r.size, nil)
	}
	if r := b.stream; r != nil {
		r.at += b.piece
		switch {
		case r.at == r.size:
			r.end(r.size, nil)
		case l.err != nil:
			r.end(0, l.err)
		default:
			l.streams.Push(r)
		}
	}
	l.t.putBatch(b)
}

// writeSome is the system call. It runs without l.mu; only who has set writing
// calls it.
func (l *link) writeSome(fd uintptr) bool {
	for b := l.batch; len(b.parts) > 0; {
		var n int
		var err error
		if len(b.parts) == 1 {
			n, err = write(int(fd), b.parts[0])
		} else {
			n, err = writev(int(fd), b.parts)
		}
		switch err {
		case nil:
			b.wrote(n)
			l.pushed += n
		case unix.EINTR:
		case unix.EAGAIN:
			l.full = !l.blocking
			return l.full
		default:
			l.wrote = err
			return true
		}
	}
	return true
}

package launch

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

const (
	// idle is how long an unfinished line is held back: a prompt, or a bar that
	// shows progress, has no newline.
	idle = 100 * time.Millisecond
	// patience is how long other ranks wait for the end of an unfinished line that
	// is shown; a rank may have lost its CPU in the midst of a line.
	patience = time.Second
	// limit is how long they wait for a line that keeps growing.
	limit = 5 * time.Second
	// longLine is from which length on an unfinished line is passed on in pieces.
	// It must be below window, or such a line would never get there.
	longLine = chunk
)

// stampFormat is a time of RFC 3339, all of one length.
const stampFormat = "2006-01-02T15:04:05.000Z07:00"

// lines joins the output of all ranks into one writer, so that lines of different
// ranks never mix. Each rank's bytes stay in order and unchanged, whatever they
// are; with labels, each line begins with its rank,
// with stamps, with the time at which it is written.
//
// A line is written when it is complete. One that is not is written when it has
// waited for 100 ms, when it has grown to 32 KiB, and at the end of the stream.
// From then on the line is open: other ranks wait for its newline, 1 s at most,
// or 5 s while it grows. Then it is broken by a newline that was not in the
// output, the only byte that is ever added, and its rest begins a line of its own.
type lines struct {
	w      io.Writer
	err    error // the first of w; from then on all is dropped
	labels bool
	stamps bool
	// taken is told how many bytes of a stream have left the buffers.
	taken   func(s *lineStream, n int)
	streams []*lineStream
	waiters int         // streams that wait for the open line
	open    *lineStream // whose unfinished line the writer is in, or nil
	blocked time.Time   // since when others wait for it; zero: nobody does
	now     time.Time
	scratch []byte
}

// lineStream is one output of a rank.
type lineStream struct {
	rank    int
	number  int // 1 is standard output, 2 standard error
	agent   *agentLink
	buf     []byte    // not yet written
	since   time.Time // when the first of buf came, if there is any
	last    time.Time // when something came
	within  bool      // the writer has the beginning of this line
	known   bool
	waiting bool // for the open line of another rank
	ended   bool
}

// know adds a stream at its first word.
func (l *lines) know(s *lineStream) {
	if !s.known {
		s.known = true
		l.streams = append(l.streams, s)
	}
}

// add takes over what came from a stream; p is only read during the call.
func (l *lines) add(s *lineStream, p []byte, now time.Time) {
	l.know(s)
	l.now, s.last = now, now
	if len(s.buf) == 0 {
		s.since = now
		if l.open == nil || l.open == s {
			// The common case: whole lines go through without being copied.
			if n := l.whole(s, p); n > 0 {
				p = p[n:]
			}
		}
	}
	s.buf = append(s.buf, p...)
	l.pump(s)
}

// end notes that nothing more comes from a stream.
func (l *lines) end(s *lineStream) {
	l.know(s)
	s.ended = true
	l.pump(s)
}

// rest writes what has waited long enough, and says when to come again; the zero
// time is when something new has come.
func (l *lines) rest(now time.Time) (next time.Time) {
	l.now = now
	for _, s := range l.streams {
		if len(s.buf) > 0 {
			l.pump(s)
		}
	}
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, s := range l.streams {
		if len(s.buf) > 0 && !s.waiting {
			sooner(s.since.Add(idle))
		}
	}
	if !l.blocked.IsZero() {
		sooner(l.breaks())
	}
	return next
}

// breaks is when the open line, for which others wait, will be broken.
func (l *lines) breaks() time.Time {
	at := l.blocked.Add(patience)
	if rested := l.open.last.Add(idle); rested.After(at) {
		at = rested
	}
	if last := l.blocked.Add(limit); last.Before(at) {
		at = last
	}
	return at
}

// free says whether another stream than the open one may write.
func (l *lines) free() bool {
	return l.open == nil || l.open.ended || !l.blocked.IsZero() && !l.now.Before(l.breaks())
}

// pump writes what of a stream's buffer may be written, and then of those that
// waited for its line.
func (l *lines) pump(s *lineStream) {
	l.flush(s)
	if l.waiters == 0 {
		return
	}
	for _, o := range l.streams {
		if o.waiting && (l.open == o || l.free()) {
			l.flush(o)
		}
	}
	if l.waiters > 0 && l.blocked.IsZero() {
		l.blocked = l.now
	}
}

func (l *lines) flush(s *lineStream) {
	if s.waiting {
		s.waiting = false
		l.waiters--
	}
	if len(s.buf) == 0 {
		return
	}
	if l.open != s && !l.free() {
		s.waiting = true
		l.waiters++
		return
	}
	if n := l.whole(s, s.buf); n > 0 {
		s.buf = append(s.buf[:0], s.buf[n:]...)
		s.since = l.now
	}
	if len(s.buf) >= longLine || len(s.buf) > 0 && (s.ended || l.now.Sub(s.since) >= idle) {
		l.write(s, s.buf)
		if l.open != s {
			l.open, l.blocked = s, time.Time{}
		}
		s.within = true
		s.buf = s.buf[:0]
	}
	if len(s.buf) == 0 && (cap(s.buf) > 2*longLine || s.ended) {
		s.buf = nil
	}
}

// whole writes the complete lines of p and says how long they are.
func (l *lines) whole(s *lineStream, p []byte) int {
	n := bytes.LastIndexByte(p, '\n') + 1
	if n == 0 {
		return 0
	}
	l.write(s, p[:n])
	l.open, l.blocked, s.within = nil, time.Time{}, false
	return n
}

// write writes bytes of a stream, which end with a newline or leave the line open.
func (l *lines) write(s *lineStream, p []byte) {
	out := p
	if broken := l.open != nil && l.open != s; broken || l.labels || l.stamps {
		out = l.scratch[:0]
		if broken {
			out = append(out, '\n')
			l.open.within = false
		}
		out = l.label(out, s, p)
		if l.scratch = out; cap(out) > 4*window {
			l.scratch = nil
		}
	}
	if l.err == nil {
		_, l.err = l.w.Write(out)
	}
	l.taken(s, len(p))
}

func (l *lines) label(out []byte, s *lineStream, p []byte) []byte {
	if !l.labels && !l.stamps {
		return append(out, p...)
	}
	head := ""
	if l.stamps {
		head = time.Now().Format(stampFormat) + " "
	}
	if l.labels {
		head += fmt.Sprintf("[%d] ", s.rank)
	}
	for first := true; len(p) > 0; first = false {
		if !first || !s.within {
			out = append(out, head...)
		}
		n := bytes.IndexByte(p, '\n') + 1
		if n == 0 {
			n = len(p)
		}
		out = append(out, p[:n]...)
		p = p[n:]
	}
	return out
}

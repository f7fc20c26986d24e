package launch

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

const (
	// idle is after how long without more of it an unfinished line is shown: a
	// prompt has no newline.
	idle = 100 * time.Millisecond
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
// been idle for 100 ms, when it has grown to 32 KiB, and at the end of the
// stream. From then on the line is open: other ranks wait for its newline, until
// it is idle. Then it is broken by a newline that was not in the output, the only
// byte that is ever added, and its rest begins a line of its own.
type lines struct {
	w      io.Writer
	err    error // the first of w; from then on all is dropped
	labels bool
	stamps bool
	// taken is told how many bytes of a stream have left the buffers.
	taken   func(s *lineStream, n int)
	streams []*lineStream
	open    *lineStream // whose unfinished line the writer is in, or nil
	scratch []byte
}

// lineStream is one output of a rank.
type lineStream struct {
	rank    int
	number  int // 1 is standard output, 2 standard error
	agent   *agentLink
	buf     []byte    // not yet written
	last    time.Time // when something came
	within  bool      // the writer has the beginning of this line
	resting bool      // buf, or the open line, was idle
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
	s.last, s.resting = now, false
	if len(s.buf) == 0 && (l.open == nil || l.open == s) {
		// The common case: whole lines go through without being copied.
		if n := l.whole(s, p); n > 0 {
			p = p[n:]
		}
	}
	s.buf = append(s.buf, p...)
	l.pump(s)
}

// end notes that nothing more comes from a stream.
func (l *lines) end(s *lineStream) {
	l.know(s)
	s.ended, s.resting = true, true
	l.pump(s)
}

// rest writes what has been idle long enough, and says when to come again; the
// zero time is when something new has come.
func (l *lines) rest(now time.Time) (next time.Time) {
	for _, s := range l.streams {
		if s.resting || len(s.buf) == 0 && l.open != s {
			continue
		}
		if at := s.last.Add(idle); at.After(now) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
			continue
		}
		s.resting = true
		l.pump(s)
	}
	return next
}

// pump writes what of a stream's buffer may be written, and then of those that
// waited for its line.
func (l *lines) pump(s *lineStream) {
	l.flush(s)
	if l.open != nil && !l.open.resting {
		return
	}
	for _, o := range l.streams {
		if o.waiting {
			o.waiting = false
			l.flush(o)
			if l.open != nil && !l.open.resting {
				return
			}
		}
	}
}

func (l *lines) flush(s *lineStream) {
	if len(s.buf) == 0 {
		return
	}
	if l.open != nil && l.open != s && !l.open.resting {
		s.waiting = true
		return
	}
	if n := l.whole(s, s.buf); n > 0 {
		s.buf = append(s.buf[:0], s.buf[n:]...)
	}
	if len(s.buf) >= longLine || len(s.buf) > 0 && s.resting {
		l.write(s, s.buf)
		l.open, s.within = s, true
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
	l.open, s.within = nil, false
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

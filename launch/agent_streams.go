package launch

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// rankStream is one of a rank's output pipes. It is read only within the credit
// that the launcher gives: a slow consumer stops the rank, and nothing piles up.
type rankStream struct {
	fd     int
	credit int
	asleep bool // without credit, so not watched
	ended  bool
}

func (a *agent) openStream(i, n int) {
	s := &a.ranks[i].streams[n]
	if err := a.watch(s.fd, onStdout+int32(n), i, unix.EPOLLIN); err != nil {
		a.fail(i, "output cannot be read: %v", err)
		a.endStream(i, n)
	}
}

// readStream forwards what stream n of rank i has, at most a chunk. It says
// whether there may be more.
func (a *agent) readStream(i, n int) bool {
	s := &a.ranks[i].streams[n]
	if s.ended || s.asleep {
		return false
	}
	got, err := unix.Read(s.fd, a.buf[:min(chunk, s.credit)])
	switch {
	case errors.Is(err, unix.EINTR):
		return true
	case errors.Is(err, unix.EAGAIN):
		return false
	case err != nil || got == 0:
		a.endStream(i, n)
		return false
	}
	if a.lost {
		return true
	}
	a.send(kOutput, streamHead(a.p.Ranks[i], n+1), a.buf[:got])
	if s.credit -= got; s.credit == 0 && !a.lost {
		// A pipe whose writer has hung up is always ready: it must not be watched.
		a.unwatch(s.fd)
		s.asleep = true
		return false
	}
	return true
}

func (a *agent) endStream(i, n int) {
	s := &a.ranks[i].streams[n]
	if s.ended {
		return
	}
	if !s.asleep {
		a.unwatch(s.fd)
	}
	closeFD(&s.fd)
	s.ended = true
	a.send(kOutputEnd, streamHead(a.p.Ranks[i], n+1))
}

// credit lets stream (1 or 2) of rank send n more bytes.
func (a *agent) credit(rank, stream, n int) {
	i, ok := slices.BinarySearch(a.p.Ranks, rank)
	if !ok {
		return
	}
	s := &a.ranks[i].streams[stream-1]
	s.credit += n
	if s.asleep && !s.ended {
		s.asleep = false
		a.openStream(i, stream-1)
		if a.childless {
			a.drainStream(i, stream-1)
		}
	}
}

// drain reads what is left once no process of ours is: a pipe that is empty and
// still open is held by somebody who is not ours, and not waited for.
func (a *agent) drain() {
	for i := range a.ranks {
		for n := range a.ranks[i].streams {
			a.drainStream(i, n)
		}
	}
}

func (a *agent) drainStream(i, n int) {
	for a.readStream(i, n) {
	}
	if s := &a.ranks[i].streams[n]; !s.asleep {
		a.endStream(i, n)
	}
}

// rankStdin is the pipe to rank 0's standard input.
type rankStdin struct {
	fd      int
	pending []byte
	end     bool // nothing comes after pending
	watched bool
	closed  bool
}

// writeStdin writes what rank 0 takes, and asks for as much more.
func (a *agent) writeStdin() {
	s := &a.stdin
	if a.spawner == nil || s.closed || s.fd < 0 {
		return
	}
	for len(s.pending) > 0 {
		n, err := unix.Write(s.fd, s.pending)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			if !s.watched {
				s.watched = a.watch(s.fd, onStdin, 0, unix.EPOLLOUT) == nil
			}
			return
		case err != nil: // the rank reads no more
			a.closeStdin()
			a.send(kStdinClosed)
			return
		}
		s.pending = s.pending[n:]
		a.send(kStdinCredit, numbers32(uint32(n)))
	}
	s.pending = nil
	if s.watched {
		a.unwatch(s.fd)
		s.watched = false
	}
	if s.end {
		a.closeStdin()
	}
}

func (a *agent) closeStdin() {
	s := &a.stdin
	if s.watched {
		a.unwatch(s.fd)
		s.watched = false
	}
	closeFD(&s.fd)
	s.closed, s.pending = true, nil
}

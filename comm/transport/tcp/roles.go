package tcp

import (
	"sync"
	"sync/atomic"
	"time"
)

// Who reads a link's connection. Handing a message from one goroutine to
// another costs as much as its way through the kernel, so a goroutine that
// waits reads itself: it leads the links that it waits for (drive.go). What nobody
// waits for is read in the background, and so is what a goroutine waits for that
// goes to sleep with more than one link to look after; it then follows.
//
// After a message that somebody waited for, the reader steps back, in the hope
// that who waits next leads. Nobody reads then, until something depends on it: a
// follower, or an announced or long message whose owner turns to something else.
// The sweeper sees to the rest, which can wait: it gives links on which the hope
// was in vain a background reader.
type role uint8

const (
	nobody role = iota
	leader
	background
)

// sweepPeriod is how long a link may go without a reader. A shorter timer is
// felt by every message: whenever the process goes to sleep, the kernel has to
// set the clock for it.
const sweepPeriod = 5 * time.Millisecond

// offerAfter is how long something long may be under way without a reader where
// ranks spin: who sends or receives mostly waits for it at once, and another
// goroutine then costs the waking of a thread on a CPU that copies, and the leader
// its lead. Where ranks crowd, who waits sleeps, and leaves all to that goroutine.
const offerAfter = 100 * time.Microsecond

// takeLead makes the calling goroutine the reader, if nobody is.
func (l *link) takeLead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reader != nobody || !l.usable() || l.err != nil || !l.t.tasks.begin() {
		return false
	}
	l.reader = leader
	l.mayWait, l.once = false, false
	l.turns++
	return true
}

// inBackground is the background reader, until it steps back or the connection
// ends.
func (l *link) inBackground() {
	l.mayWait, l.once = true, false
	_, err := l.readFrames(func() bool {
		if l.input.len() > 0 || !l.hot.Load() {
			return false
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.kick()
		if l.neededNow() {
			return false
		}
		l.stepBack(false)
		return true
	})
	if err != nil {
		l.ended(err)
	}
}

// usable reports whether the connection is open and has not failed. l.mu is
// held.
func (l *link) usable() bool { return l.conn != nil && !l.dead }

// neededNow reports whether something would be held up if nobody read. l.mu is
// held; the caller reads.
func (l *link) neededNow() bool {
	return l.followers.Load() > 0 || len(l.waiting) > 0 || len(l.pieces) > 0 || l.input.len() > 0 || l.payload.open || l.err != nil
}

// stepBack gives the reading up, or on to the background: if it must, or if the
// caller says that it will follow. l.mu is held.
func (l *link) stepBack(follow bool) {
	l.reader = nobody
	l.hot.Store(false)
	switch {
	case follow || l.followers.Load() > 0 || l.err != nil || l.t.opts.Waiting.Spin == 0 && l.neededNow():
		l.readInBackground()
		return
	case l.neededNow():
		l.offerReader()
		return
	}
	l.input.release(l.t)
	l.t.sweeper.add(l)
}

// readInBackground starts a background reader where nobody reads. l.mu is held.
func (l *link) readInBackground() {
	if l.reader == nobody && l.usable() && l.t.tasks.run(l.inBackground) {
		l.reader = background
	}
}

// offerReader has somebody read in the background unless the caller, who has
// something long under way, comes back soon and waits for it, and so leads. l.mu is
// held.
func (l *link) offerReader() {
	if l.offered || l.reader != nobody || !l.usable() {
		return
	}
	turns := l.turns
	l.offered = l.t.tasks.run(func() {
		if l.keptWaiting(turns) {
			l.inBackground()
		}
	})
}

// keptWaiting waits until nobody has led for a while, and makes the caller the
// background reader: true. It gives up when somebody else reads or nobody need.
func (l *link) keptWaiting(turns uint64) bool {
	for {
		l.t.patience()
		l.mu.Lock()
		over := l.reader != nobody || !l.usable() || l.matcher.posted == 0 && !l.neededNow()
		alone := l.turns == turns
		turns = l.turns
		if over || alone {
			l.offered = false
			if !over {
				l.reader = background
			}
			l.mu.Unlock()
			return !over
		}
		l.mu.Unlock()
	}
}

// patience lets offerAfter pass, if that is how this rank waits, or the transport end.
func (t *Transport) patience() {
	if t.opts.Waiting.Spin == 0 {
		return
	}
	timer := time.NewTimer(offerAfter)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
	}
}

// end is ended, for a goroutine that is not the transport's own: the verdict on
// the peer may take its time.
func (l *link) end(err error) {
	if !l.t.tasks.run(func() { l.ended(err) }) {
		l.ended(err)
	}
}

// interrupt makes a leader look whether it is still to read. l.mu is held.
func (l *link) interrupt() {
	if l.reader == leader {
		_ = l.conn.SetReadDeadline(time.Unix(1, 0)) // a closed connection needs none
	}
}

// sweeper looks after the links that nobody reads.
type sweeper struct {
	t     *Transport
	count atomic.Int32 // len(links), to look at without the lock

	mu      sync.Mutex
	links   []*link
	running bool
}

// add puts l on the list, once. l.mu is held.
func (s *sweeper) add(l *link) {
	if l.listed.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.listed.Store(true)
	s.links = append(s.links, l)
	s.count.Store(int32(len(s.links)))
	if !s.running {
		s.running = s.t.tasks.run(s.run)
	}
}

// run sweeps as long as there is something to look after.
func (s *sweeper) run() {
	ticker := time.NewTicker(sweepPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-s.t.ctx.Done():
			return
		}
		for _, l := range s.take() {
			l.mu.Lock()
			switch {
			case l.reader != nobody:
				// It comes back to the list when its reader steps back.
			case l.turns != l.swept:
				l.swept = l.turns
				s.add(l)
			default:
				l.readInBackground()
			}
			l.mu.Unlock()
		}
		s.mu.Lock()
		if len(s.links) == 0 {
			s.running = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
	}
}

func (s *sweeper) take() []*link {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.links
	s.links = nil
	s.count.Store(0)
	for _, l := range taken {
		l.listed.Store(false)
	}
	return taken
}

// others gives every listed link but l that has a receive posted its background
// reader: the program now waits for l and will not get to them.
func (s *sweeper) others(l *link) {
	n := s.count.Load()
	if n == 0 || n == 1 && l.listed.Load() {
		return
	}
	s.mu.Lock()
	listed := append([]*link(nil), s.links...)
	s.mu.Unlock()
	for _, o := range listed {
		if o == l {
			continue
		}
		o.mu.Lock()
		if o.matcher.posted > 0 {
			o.readInBackground()
		}
		o.mu.Unlock()
	}
}

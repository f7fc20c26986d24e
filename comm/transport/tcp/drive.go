package tcp

import (
	"context"
	"time"

	"numcomp/comm/transport"
)

const (
	// longMessage, in bytes, and longYield are for messages that take so long that a
	// sleep in their midst is likely and costs most: it hands the rest of them over to
	// other goroutines.
	longMessage = 128 << 10
	longYield   = 500 * time.Microsecond
)

// session is one goroutine that looks after connections while it waits.
type session struct {
	t     *Transport
	reqs  []transport.Request
	first int     // requests before it have ended
	led   []*link // those that it leads
}

// drive moves messages on the calling goroutine until reqs have ended, by turns
// over their links: true. It gives up, and others go on, when it leads none, or
// when it has to sleep and more than a single link can wake it.
func (t *Transport) drive(ctx context.Context, reqs []transport.Request) bool {
	s, _ := t.sessions.Get().(*session)
	if s == nil {
		s = &session{t: t}
	}
	s.reqs, s.first = reqs, 0
	defer func() {
		clear(s.led)
		s.reqs, s.led = nil, s.led[:0]
		t.sessions.Put(s)
	}()
	for _, req := range reqs {
		if r := req.(*request); !r.hasEnded() && r.link != nil && r.link.takeLead() {
			s.led = append(s.led, r.link)
		}
	}
	if len(s.led) == 0 {
		return false
	}
	t.sweeper.others(s.led[0])
	s.run(ctx)
	ended := s.ended()
	for _, l := range s.led {
		l.mu.Lock()
		l.endPolling()
		l.kick()
		l.stepBack(!ended)
		l.mu.Unlock()
		t.tasks.done()
	}
	return ended
}

// run polls the links, and sleeps in between where it can.
func (s *session) run(ctx context.Context) {
	policy := s.policy()
	if policy == (transport.Waiting{}) && s.canSleep() {
		s.sleep(ctx)
	}
	look := looks{policy: policy}
	for len(s.led) > 0 {
		moved := s.poll()
		if s.ended() {
			return
		}
		if ctx.Err() != nil {
			s.t.Break(transport.Cause(ctx))
		}
		switch {
		case moved:
			look = looks{policy: policy}
			continue
		case look.again():
			continue
		case look.taken:
			s.t.disturbed.note()
		}
		if !s.canSleep() {
			return
		}
		s.sleep(ctx)
		policy = s.policy()
		look = looks{policy: policy}
	}
}

// policy is the transport's, with more patience for long messages where a rank has
// a CPU to spin on and is not disturbed there.
func (s *session) policy() transport.Waiting {
	policy := s.t.opts.Waiting
	if policy.Spin == 0 || s.t.disturbed.lately() {
		return policy
	}
	for _, req := range s.reqs[s.first:] {
		if r := req.(*request); r.long && !r.hasEnded() {
			policy.Yield = max(policy.Yield, longYield)
		}
	}
	return policy
}

func (s *session) ended() bool {
	for s.first < len(s.reqs) && s.reqs[s.first].(*request).hasEnded() {
		s.first++
	}
	return s.first == len(s.reqs)
}

// poll takes what has come and writes what the sockets take; false: nothing moved.
func (s *session) poll() (moved bool) {
	for i := 0; i < len(s.led); i++ {
		l := s.led[i]
		received := l.received
		l.mu.Lock()
		l.polled = true
		sent := l.sent
		l.goOn()
		l.mu.Unlock()
		err := s.read(l)
		l.mu.Lock()
		moved = moved || l.received != received || l.sent != sent
		l.mu.Unlock()
		if err != nil {
			s.drop(i, err)
			i--
		}
	}
	return moved
}

func (s *session) read(l *link) error {
	_, err := l.readFrames(func() bool { return s.ended() && !l.input.holdsFrame() })
	return err
}

// drop ends the leading of a link whose connection has ended.
func (s *session) drop(i int, err error) {
	l := s.led[i]
	s.led = append(s.led[:i], s.led[i+1:]...)
	l.mu.Lock()
	l.endPolling()
	l.mu.Unlock()
	l.end(err)
	s.t.tasks.done()
}

// canSleep reports whether the requests end by what comes on the only link.
func (s *session) canSleep() bool {
	if len(s.led) != 1 {
		return false
	}
	for _, req := range s.reqs[s.first:] {
		if r := req.(*request); !r.hasEnded() && (!r.receive || r.link != s.led[0]) {
			return false
		}
	}
	return true
}

// sleep waits until something has come on the only link, and reads that. Who never
// spins stays at it.
func (s *session) sleep(ctx context.Context) {
	l := s.led[0]
	l.mu.Lock()
	l.endPolling()
	l.mu.Unlock()
	defer transport.BreakWith(ctx, s.t)()
	l.mayWait, l.once = true, s.t.opts.Waiting != transport.Waiting{}
	if err := s.read(l); err != nil {
		s.drop(0, err)
		return
	}
	l.mayWait = false
}

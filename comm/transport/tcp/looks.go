package tcp

import (
	"time"

	"numcomp/comm/transport"
)

// looks counts the time of one wait against the policy: whoever waits looks
// whether there is something to do, and if not, asks again.
type looks struct {
	policy transport.Waiting
	since  time.Time
}

// again reports whether to look again, after having given the CPU away if it is
// time for that; false: sleep.
func (s *looks) again() bool {
	bound := s.policy.Spin + s.policy.Yield
	passed := time.Duration(0)
	if s.since.IsZero() {
		s.since = time.Now()
	} else {
		passed = time.Since(s.since)
	}
	if passed >= bound {
		return false
	}
	if passed >= s.policy.Spin {
		yield()
	}
	return true
}

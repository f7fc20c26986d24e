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
	last   time.Time
	// taken: between two looks somebody else had the CPU for long.
	taken bool
}

// takenFor is how long another look takes at least if somebody else has had the
// CPU meanwhile: alone it takes 1 us.
const takenFor = 500 * time.Microsecond

// again reports whether to look again, after having given the CPU away if it is
// time for that; false: sleep.
func (s *looks) again() bool {
	now := time.Now()
	if s.since.IsZero() {
		s.since, s.last = now, now
	}
	s.taken = now.Sub(s.last) >= takenFor
	s.last = now
	passed := now.Sub(s.since)
	if s.taken || passed >= s.policy.Spin+s.policy.Yield {
		return false
	}
	if passed >= s.policy.Spin {
		yield()
	}
	return true
}

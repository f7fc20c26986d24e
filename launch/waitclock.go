package launch

import "time"

// firstWord is after how long a start, or an end, says whom it waits for; then after
// twice as long, and so on.
const firstWord = 5 * time.Second

// waitClock is the clock of a start, or of an end.
type waitClock struct {
	limit, passed time.Duration
	timer         *time.Timer
	over          bool
}

func newWaitClock(limit time.Duration) *waitClock {
	w := &waitClock{limit: limit}
	w.passed = min(firstWord, limit)
	w.timer = time.NewTimer(w.passed)
	return w
}

func (w *waitClock) next() <-chan time.Time {
	if w == nil || w.over {
		return nil
	}
	return w.timer.C
}

// again waits for the next time; false says that this was the last.
func (w *waitClock) again() bool {
	if w.passed >= w.limit {
		w.over = true
		return false
	}
	next := min(2*w.passed, w.limit)
	w.timer.Reset(next - w.passed)
	w.passed = next
	return true
}

func (w *waitClock) stop() {
	if w != nil {
		w.timer.Stop()
	}
}

//go:build mpi

package mpi

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// waiting is how a rank waits. MPI wakes nobody: who waits looks, and moves all
// messages of its rank by it. It looks without a pause at first, hands its CPU on
// between looks for a while, and then sleeps for a part of the time that it has
// waited, so that a long wait costs little CPU and no message much.
type waiting struct{ spin, yield time.Duration }

const (
	// sleepPart is the part of the time waited that a sleep takes.
	sleepPart = 16
	// shortestSleep is what the system's timers keep to, about.
	shortestSleep = 20 * time.Microsecond
	longestSleep  = time.Millisecond
	// burst is how often one call looks: few enough that the goroutines of a rank
	// with one thread get their turn.
	burst = 20
)

// waitingFor is how each of ranks ranks on a node waits that may use cpus CPUs.
func waitingFor(ranks, cpus int) waiting {
	switch {
	case ranks <= cpus:
		return waiting{spin: 100 * time.Microsecond, yield: 2 * time.Millisecond}
	case ranks <= 4*cpus:
		return waiting{yield: time.Millisecond}
	}
	return waiting{yield: 200 * time.Microsecond}
}

// turn is one wait under way.
type turn struct {
	w      waiting
	began  time.Time
	rounds int
	waited time.Duration
}

func (w waiting) begin() turn { return turn{w: w} }

// looks is how the next look is to be done: how often, and whether the CPU is handed
// on between.
func (t *turn) looks() (times int, yield bool) {
	switch {
	case t.rounds == 0 || t.waited < t.w.spin:
		return burst, t.w.spin == 0
	case t.waited < t.w.spin+t.w.yield:
		return burst, true
	}
	return 1, false
}

// pause goes between looks.
func (t *turn) pause() {
	t.rounds++
	if t.rounds == 1 {
		t.began = time.Now()
		return
	}
	t.waited = time.Since(t.began)
	if t.waited < t.w.spin+t.w.yield {
		runtime.Gosched()
		return
	}
	nap := unix.NsecToTimespec(int64(min(max(t.waited/sleepPart, shortestSleep), longestSleep)))
	unix.Nanosleep(&nap, nil) // Go's timers round to a millisecond
}

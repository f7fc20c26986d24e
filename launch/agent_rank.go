package launch

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// started takes over a rank that the spawner has started, or its failure.
func (a *agent) started(i int, s started) {
	if s.err != nil {
		f := failure{Rank: -1, Code: s.status, Text: "the ranks cannot be started: " + s.err.Error()}
		if i >= 0 {
			f.Rank, f.Text = a.p.Ranks[i], "cannot be started: "+s.err.Error()
		}
		a.send(kFailure, encode(f))
		a.terminate(unix.SIGTERM)
		return
	}
	r := &a.ranks[i]
	r.pid, r.alive = s.pid, true
	a.running++
	r.pmi = s.pmi
	if err := a.watch(r.pmi, onPMI, i, unix.EPOLLIN); err != nil {
		a.fail(i, "cannot be served: %v", err)
	}
	for n, fd := range s.output {
		if fd >= 0 {
			r.streams[n] = rankStream{fd: fd, credit: window}
			a.openStream(i, n)
		}
	}
	if s.stdin >= 0 {
		a.stdin.fd = s.stdin
		a.writeStdin()
	}
	a.send(kStarted, numbers32(uint32(a.p.Ranks[i]), uint32(s.pid)))
	if a.stopping {
		// It was forked while the others were signalled.
		unix.Kill(-r.pid, unix.SIGTERM)
	}
}

// exited notes the end of a process; ranks are reported, what they have left
// behind is not.
func (a *agent) exited(x reaped) {
	if x.rank < 0 {
		return
	}
	r := &a.ranks[x.rank]
	if !r.alive {
		return
	}
	r.alive = false
	a.running--
	for a.readPMI(x.rank) { // its last word may be unread: MPI_Abort's is
	}
	e := exit{Rank: a.p.Ranks[x.rank], PID: r.pid, Code: x.status.ExitStatus()}
	if x.status.Signaled() {
		e.Code, e.Signal = 0, int(x.status.Signal())
		if x.status.Signal() == unix.SIGKILL && !a.stopping {
			now, known := oomCount("/")
			e.Why = whyKilled(a.oom, a.oomTold, now, known)
		}
	}
	if e.Waited = a.pmi.waits(x.rank); e.Waited {
		e.Missing = a.pmi.outside(a.p.Ranks)
	}
	a.send(kExit, encode(e))
	a.pmi.leave(x.rank)
	a.closePMI(x.rank)
	a.checkBarrier()
}

// fail ends the job because of rank i.
func (a *agent) fail(i int, format string, args ...any) {
	a.send(kFailure, encode(failure{Rank: a.p.Ranks[i], PID: a.ranks[i].pid, Code: 1, Text: fmt.Sprintf(format, args...)}))
	a.terminate(unix.SIGTERM)
}

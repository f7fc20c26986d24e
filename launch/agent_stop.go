package launch

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// killPause is between two rounds of SIGKILL: a process may have forked
	// while the last went round.
	killPause = 50 * time.Millisecond
	// maxKills is after how many rounds processes are given up that do not die:
	// they hang in the kernel. With killPause it is about 10 s.
	maxKills = 200
)

// terminate asks all processes to end with a signal, once; SIGKILL follows after
// the grace.
func (a *agent) terminate(sig unix.Signal) {
	if a.stopping {
		return
	}
	a.stopping = true
	a.killAt = time.Now().Add(a.grace)
	if a.spawner != nil {
		a.spawner.stop()
	}
	a.signal(sig, true)
}

// killNow does not wait for anything: neither for processes to end of themselves
// nor for the output's reader.
func (a *agent) killNow() {
	a.hurry = true
	a.terminate(unix.SIGKILL)
	a.killAt = time.Now()
}

// untilDue is how long the loop may wait, in milliseconds; -1 is for ever.
func (a *agent) untilDue() int {
	due := a.barrier.due
	if a.stopping {
		due = a.killAt
	}
	if due.IsZero() {
		return -1
	}
	d := time.Until(due)
	return max(0, int((d+time.Millisecond-1)/time.Millisecond))
}

// kill is a round of SIGKILL.
func (a *agent) kill() {
	a.killAt = time.Now().Add(killPause)
	if a.childless {
		a.killAt = time.Now().Add(time.Hour) // only output is waited for
		return
	}
	a.signal(unix.SIGKILL, true)
	if !a.noMore {
		return
	}
	if a.kills++; a.kills == maxKills {
		if left, err := descendants(os.Getpid()); err == nil && len(left) > 0 {
			a.send(kNotice, []byte("processes that SIGKILL does not end are left: "+listed(left)))
		}
	}
}

func listed(left []process) string {
	var words []string
	for _, p := range left {
		words = append(words, fmt.Sprintf("%s (pid %d, state %c)", p.name, p.pid, p.state))
	}
	return strings.Join(words, ", ")
}

// signal sends to the process group of every rank and, if all is set, to every
// process that ranks have started in groups of its own or left behind.
func (a *agent) signal(sig unix.Signal, all bool) {
	reached := map[int]bool{}
	for i := range a.ranks {
		if r := &a.ranks[i]; r.alive {
			unix.Kill(-r.pid, sig)
			reached[r.pid] = true
		}
	}
	if !all || a.childless {
		return
	}
	below, err := descendants(os.Getpid())
	if err != nil {
		return
	}
	for _, p := range below {
		if !reached[p.group] && p.state != 'Z' {
			unix.Kill(p.pid, sig)
		}
	}
}

// leftovers ends what ranks have started and not waited for, once the last rank
// is gone.
func (a *agent) leftovers() {
	if a.noMore && a.running == 0 && !a.childless {
		a.terminate(unix.SIGTERM)
	}
}

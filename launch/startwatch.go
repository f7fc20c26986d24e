package launch

import (
	"fmt"
	"strings"
	"time"
)

// starting says whom the start waits for, or that it has taken too long.
func (j *job) starting(w *waitClock) {
	if j.stopping || j.placed && len(j.running) == j.size {
		w.over = true
		return
	}
	var silent, slow []string
	for _, l := range j.links {
		if !l.greeted {
			silent = append(silent, l.host.Name)
		} else if n := len(l.ranks); n > 0 {
			for _, on := range j.running {
				if on == l {
					n--
				}
			}
			if n > 0 {
				slow = append(slow, l.name())
			}
		}
	}
	who, why := hostList(silent)+" to answer", "switched off, cut off by a firewall, or slow; see what ssh HOST true does there"
	if len(silent) == 0 {
		who, why = hostList(slow)+" to start all ranks", "overloaded, or slow; fewer ranks a host may help"
	}
	if w.again() {
		j.spec.Notice("waiting for %s, since %v", who, time.Since(j.began).Round(time.Second))
		return
	}
	j.fail(&StartError{Hosts: append(silent, slow...), Limit: w.limit,
		text: fmt.Sprintf("the start has waited %v for %s: %s", w.limit, who, why)}, 1)
}

// StartError is a start that took too long.
type StartError struct {
	Hosts []string // that were waited for
	Limit time.Duration
	text  string
}

func (e *StartError) Error() string { return e.text + ". A longer start timeout gives more time" }

// lostStatus is how ssh ends when its connection does.
const lostStatus = "exit status 255"

// maxNamed is how many hosts a message names.
const maxNamed = 8

func hostList(names []string) string {
	word := "host "
	if len(names) > 1 {
		word = "hosts "
	}
	if n := len(names) - maxNamed; n > 0 {
		return fmt.Sprintf("%s%s and %d more", word, strings.Join(names[:maxNamed], ", "), n)
	}
	return word + strings.Join(names, ", ")
}

// advice is what is known about the end of an agent of another host that does not
// speak any more.
func (j *job) advice(l *agentLink, err error, said string) string {
	if !l.remote() {
		return ""
	}
	by, unknown := starterNamed(j.start.Starter)
	if unknown != nil || by.explain == nil {
		return ""
	}
	advice := by.explain(l.host.Name, said)
	if advice == "" && strings.TrimSpace(said) == "" && strings.HasSuffix(err.Error(), lostStatus) {
		advice = "the connection to it was lost: it is off, hangs, or the network is cut"
	}
	if p := j.tree.parent(l.id); advice != "" && p > 0 {
		advice += " (it was started from host " + j.links[p-1].host.Name + "; a larger fan-out starts more from here)"
	}
	return advice
}

// ping tells the other hosts that the launcher is there, or will not say so for
// a while.
func (j *job) ping(k kind) {
	for _, l := range j.links {
		if l.remote() && l.direct() && l.via != nil {
			l.via.send(k)
		}
	}
}

package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"numcomp/comm/rendezvous"
	"numcomp/launch"
)

// startedEnv is when numcomp's launcher began, in nanoseconds since 1970, for
// ranks to tell how long it took to start them.
const startedEnv = "NUMCOMP_STARTED"

// passStart has the ranks know when their launcher began.
func (p *process) passStart(spec *launch.Spec) {
	spec.Env = slices.DeleteFunc(slices.Clone(spec.Env), func(kv string) bool { return strings.HasPrefix(kv, startedEnv+"=") })
	spec.Env = append(spec.Env, startedEnv+"="+strconv.FormatInt(p.began.UnixNano(), 10))
}

// startTimes is where the time went on a rank until its world was there: from the
// launcher's begin to this process's, from there to the store, in the store, to
// the parent in the tree, and until all ranks had arrived.
type startTimes struct {
	spawn  time.Duration // 0: not known
	detect time.Duration
	rendezvous.Timings
}

// startTimes counts from the start of meeting. The launcher's begin is known where
// it says when that was, and the clocks of two machines do not contradict it.
func (p *process) startTimes(launcher string, meeting time.Time, t rendezvous.Timings) startTimes {
	s := startTimes{detect: meeting.Sub(p.began), Timings: t}
	if text, ok := p.env(startedEnv); ok && launcher == launch.Numcomp {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			if spawn := p.began.Sub(time.Unix(0, n)); spawn >= 0 && spawn < time.Hour {
				s.spawn = spawn
			}
		}
	}
	return s
}

// breakdown tells the parts of all the time that has passed since the process
// began, or the launcher did.
func (s startTimes) breakdown(sinceBegan time.Duration) string {
	var parts []string
	add := func(name string, d time.Duration) {
		parts = append(parts, fmt.Sprintf("%s %v", name, d.Round(time.Microsecond)))
	}
	if s.spawn > 0 {
		add("spawn", s.spawn)
	}
	add("detect", s.detect)
	add("exchange", s.Exchange)
	add("connect", s.Connect)
	add("barrier", s.Barrier)
	return fmt.Sprintf("%v: %s", (s.spawn + sinceBegan).Round(time.Microsecond), strings.Join(parts, ", "))
}

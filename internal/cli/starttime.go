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

// startBreakdown tells where the time until now went: from the launcher's begin
// to this process's (where the launcher says when it began, and the clocks of two
// machines do not contradict it), from there to the store, in the store, to the
// parent in the tree, and until all ranks had arrived.
func (p *process) startBreakdown(launcher string, meeting, now time.Time, t rendezvous.Timings) string {
	var parts []string
	add := func(name string, d time.Duration) {
		parts = append(parts, fmt.Sprintf("%s %v", name, d.Round(time.Microsecond)))
	}
	total := now.Sub(p.began)
	if text, ok := p.env(startedEnv); ok && launcher == launch.Numcomp {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			if spawn := p.began.Sub(time.Unix(0, n)); spawn >= 0 && spawn < time.Hour {
				add("spawn", spawn)
				total += spawn
			}
		}
	}
	add("detect", meeting.Sub(p.began))
	add("exchange", t.Exchange)
	add("connect", t.Connect)
	add("barrier", t.Barrier)
	return fmt.Sprintf("%v: %s", total.Round(time.Microsecond), strings.Join(parts, ", "))
}

package cli

import (
	"strconv"
	"testing"
	"time"

	"numcomp/comm/rendezvous"
	"numcomp/launch"
)

func TestStartBreakdown(t *testing.T) {
	began := time.Unix(1000, 0)
	timings := rendezvous.Timings{Exchange: 3 * time.Millisecond, Connect: 4 * time.Millisecond, Barrier: 5 * time.Millisecond}
	for _, c := range []struct{ name, launcher, started, want string }{
		{"own launcher", launch.Numcomp, strconv.FormatInt(began.Add(-50*time.Millisecond).UnixNano(), 10),
			"70ms: spawn 50ms, detect 2ms, exchange 3ms, connect 4ms, barrier 5ms"},
		{"another launcher inside of it", launch.OpenMPI, "1", "20ms: detect 2ms, exchange 3ms, connect 4ms, barrier 5ms"},
		{"clocks that disagree", launch.Numcomp, strconv.FormatInt(began.Add(time.Second).UnixNano(), 10), "20ms: detect 2ms, exchange 3ms, connect 4ms, barrier 5ms"},
		{"not a number", launch.Numcomp, "now", "20ms: detect 2ms, exchange 3ms, connect 4ms, barrier 5ms"},
	} {
		p := &process{began: began, env: func(name string) (string, bool) { return c.started, name == startedEnv }}
		if got := p.startTimes(c.launcher, began.Add(2*time.Millisecond), timings).breakdown(20 * time.Millisecond); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

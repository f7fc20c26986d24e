package job

import (
	"sync"
	"testing"
	"time"
)

// TestActivity: whoever asks while a job runs is told what a rank does.
func TestActivity(t *testing.T) {
	for _, schedule := range []Schedule{Static, Dynamic} {
		cfg := small(64) // enough for every rank to have some
		cfg.Schedule, cfg.WorkTime, cfg.Iterations, cfg.Burns = schedule, time.Millisecond, 1, 0
		var mu sync.Mutex
		seen := map[Doing]bool{}
		watched := []*Activity{NewActivity(), NewActivity()}
		for _, a := range watched {
			if what, since := a.Now(); what != Elsewhere || time.Since(since) > watchdog {
				t.Fatalf("a new one: %v since %v", what, since)
			}
		}
		see := func() {
			for _, a := range watched {
				what, _ := a.Now()
				mu.Lock()
				seen[what] = true
				mu.Unlock()
			}
		}
		world(t, t.Context(), 2, cfg, Options{}, func(rank int, s *side) {
			s.o.Activity = watched[rank]
			if rank != 0 {
				return
			}
			s.o.Load = func() (*Input, error) {
				see()
				return nil, nil
			}
			s.o.Items = func(_, done, _ int) { // the static schedule's call is within compute, the dynamic one's too
				if done > 0 {
					see()
				}
			}
		})
		for _, want := range []Doing{Reading, Computing} {
			if !seen[want] {
				t.Errorf("%s: nobody was seen in %v: %v", schedule, want, seen)
			}
		}
		for r, a := range watched {
			if what, _ := a.Now(); what != Elsewhere {
				t.Errorf("%s: after Run rank %d is in %v", schedule, r, what)
			}
		}
	}
}

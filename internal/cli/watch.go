package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"numcomp/comm/rendezvous"
	"numcomp/internal/job"
	"numcomp/internal/words"
)

// Rank 0 tells whom it waits for, after 5 s and at each doubling. It sees by its own
// Activity that it waits, and calls the roll of the control tree to find for whom.

const (
	// watchEvery is how often rank 0 looks whether it waits.
	watchEvery = time.Second
	// watchFirst is after how long it asks.
	watchFirst = 5 * time.Second
	// answerBound is how long ranks have to answer.
	answerBound = 2 * time.Second
)

// watch has this rank tell rank 0, when asked, what it does; on rank 0 it also looks
// whether the job goes on, until end is called.
func (p *process) watch(ctx context.Context, w world, a *job.Activity) (end func()) {
	if w.control != nil {
		w.control.OnAsk(func() (byte, time.Duration) {
			what, since := a.Now()
			return byte(what), time.Since(since)
		})
	}
	if w.comm.Rank() > 0 || w.comm.Size() == 1 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&watcher{world: w, activity: a, tell: p.waiting, patience: watchFirst}).run(ctx)
	}()
	return func() { cancel(); <-ended }
}

// watcher is rank 0's.
type watcher struct {
	world    world
	activity *job.Activity
	tell     func(string)
	// patience is how long a wait for ranks that are at work must last to be told of.
	// It grows over the whole run: long items are no news after the first ones.
	patience time.Duration
}

func (w *watcher) run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var turn time.Time
	var next time.Duration
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		what, since := w.activity.Now()
		if since != turn {
			turn, next = since, watchFirst
		}
		waited := time.Since(since)
		if !what.Waits() || waited < next {
			continue
		}
		next *= 2
		text, working := w.whom(ctx, what, waited.Round(time.Second))
		if _, now := w.activity.Now(); now != since || ctx.Err() != nil {
			continue // it has just gone on
		}
		if working {
			if waited < w.patience {
				continue
			}
			w.patience = 2 * waited
		}
		w.tell(text)
	}
}

// whom says for whom rank 0 has waited so long; working, that it is for ranks that
// are at work.
func (w *watcher) whom(ctx context.Context, what job.Doing, waited time.Duration) (text string, working bool) {
	if w.world.control == nil {
		return fmt.Sprintf("waiting for %v to get on, since %v: the %s engine does not tell for which ranks", what, waited, w.world.engine), true
	}
	ctx, cancel := context.WithTimeout(ctx, answerBound)
	defer cancel()
	return w.world.whom(w.world.control.RollCall(ctx), what, waited)
}

// whom puts the outcome of a roll call into words.
func (w *world) whom(roll rendezvous.Roll, what job.Doing, waited time.Duration) (text string, working bool) {
	if n := len(roll.Silent); n > 0 {
		text = fmt.Sprintf("waiting for %s, since %v: no answer within %v: stopped, or the host is overloaded or gone", w.peers.Name(roll.Silent), waited, answerBound)
		if roll.Behind > 0 {
			text += fmt.Sprintf("; %s behind cannot be asked", words.Count(roll.Behind, "rank"))
		}
		return text, false
	}
	for _, busy := range []job.Doing{job.Computing, job.SettingUp} {
		var ranks []int
		for _, a := range roll.Answers {
			if job.Doing(a.Doing) == busy && what != busy {
				ranks = append(ranks, a.Rank)
			}
		}
		if len(ranks) > 0 {
			slices.Sort(ranks)
			return fmt.Sprintf("waiting for %s, since %v: at work (%v)", w.peers.Name(ranks), waited, busy), true
		}
	}
	return fmt.Sprintf("waiting for %v to get on, since %v: all ranks answer, and none computes", what, waited), true
}

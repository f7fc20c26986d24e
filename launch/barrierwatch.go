package launch

import (
	"fmt"
	"strings"
	"time"

	"numcomp/internal/words"
)

// barrierWatch says, once, whom ranks wait for in a PMI barrier: they cannot know.
// The agent has one for its ranks, and the launcher one for the nodes.
type barrierWatch struct {
	due  time.Time // zero: nobody waits, or it was told
	told bool
}

// update notes whether some wait for others.
func (w *barrierWatch) update(waiting bool) {
	switch {
	case !waiting || w.told:
		w.due = time.Time{}
	case w.due.IsZero():
		w.due = time.Now().Add(firstWord)
	}
}

// late says that it is time to tell, which it says once.
func (w *barrierWatch) late() bool {
	if w.due.IsZero() || time.Now().Before(w.due) {
		return false
	}
	w.due, w.told = time.Time{}, true
	return true
}

// tellLate tells which of the node's ranks the others wait for.
func (a *agent) tellLate() {
	if !a.stopping && a.barrier.late() {
		a.send(kNotice, fmt.Appendf(nil, "%s of %d here in the PMI barrier for %v; not there yet: %s",
			words.Count(a.pmi.inside, "rank"), len(a.ranks), firstWord, rankList(a.pmi.outside(a.p.Ranks))))
	}
}

// watchFence arms, or ends, the launcher's watch over the nodes.
func (j *job) watchFence() {
	var in, out int
	for _, l := range j.links {
		switch {
		case l.node < 0:
		case l.inFence:
			in++
		default:
			out++
		}
	}
	j.barrier.update(in > 0 && out > 0)
}

// tellLate tells which nodes the others wait for.
func (j *job) tellLate() {
	if j.stopping || !j.barrier.late() {
		return
	}
	var names []string
	for _, l := range j.links {
		if l.node >= 0 && !l.inFence {
			names = append(names, l.name())
		}
	}
	j.spec.Notice("the ranks of other hosts are in the PMI barrier for %v; not all ranks are there yet on %s", firstWord, strings.Join(names, ", "))
}

// rankList is "rank 3" or "ranks 1-3, 7".
func rankList(ranks []int) string {
	if len(ranks) == 1 {
		return fmt.Sprintf("rank %d", ranks[0])
	}
	return "ranks " + words.Spans(ranks)
}

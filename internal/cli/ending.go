package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"numcomp/comm/rendezvous"
	"numcomp/internal/job"
	"numcomp/launch"
)

// How a process ends with an error when it is one rank of many. A launcher mixes
// what its ranks write, so one of them tells, with its own status, and the others
// wait quietly to be ended.

// launcherEnds is how long a rank whose error another rank tells waits to be
// ended by its launcher, which got that other rank's status. Should nobody end
// it, it tells the error itself.
const launcherEnds = 2 * time.Second

// end tells err, unless that is for another, and is the status to exit with.
func (p *process) end(ctx context.Context, color bool, err error) int {
	var ended *signalError
	if errors.As(err, &ended) && p.isRank() {
		return statusOf(err) // its launcher tells it, once for all ranks
	}
	if p.anotherSpeaks(ctx, err) && (p.leftToEnd(err) || endedWithin(ctx, launcherEnds)) {
		return statusOf(err)
	}
	status := finish(p.stderr, color, err)
	if status != statusDone {
		p.endJob(ctx, status)
	}
	return status
}

// anotherSpeaks tells whether another rank tells this error, with its status:
// rank 0, when all got the same wrong command line, or the rank that failed, when
// this one was told of it.
func (p *process) anotherSpeaks(ctx context.Context, err error) bool {
	var usage *usageError
	var other *elsewhere
	return errors.As(err, &other) || errors.As(err, &usage) && p.rank(ctx) > 0
}

// leftToEnd tells whether this rank may end at once with an error that another
// tells: under srun, which lets the ranks of a job that has failed end by
// themselves, however many they are. What may have no other to tell it, since rank
// 0 has died or ranks have command lines of their own, few ranks of a node tell.
func (p *process) leftToEnd(err error) bool {
	place, bad := p.detect()
	if bad != nil || place.Launcher != launch.Slurm || p.abort != nil { // MPI's end is for all
		return false
	}
	var usage *usageError
	var verdict *rendezvous.RankError
	switch {
	case errors.As(err, &usage):
		return place.LocalRank > 0
	case errors.As(err, &verdict) && verdict.Rank == 0:
		return place.LocalRank > 1
	}
	return true
}

// detect is launch.Detect, asked once: when the socket that PMI_FD names has been
// taken over, the environment does not hold any more.
func (p *process) detect() (launch.Place, error) {
	if p.detected == nil {
		place, err := launch.Detect(p.env, launch.IsSocket)
		p.detected = &detected{place, err}
	}
	return p.detected.place, p.detected.err
}

// detected is what launch.Detect has returned.
type detected struct {
	place launch.Place
	err   error
}

// isRank tells whether the environment makes this process a launcher's rank.
func (p *process) isRank() bool {
	place, err := p.detect()
	return err == nil && place.Launcher != launch.Alone
}

// rank is this process's rank under its launcher, else -1.
func (p *process) rank(ctx context.Context) int {
	if !p.isRank() {
		return -1
	}
	place, _ := p.detect()
	if place.Rank < 0 && p.reachPMI(ctx, place) {
		place.Rank, _, _ = p.pmi.Place()
	}
	return place.Rank
}

// reachPMI tells whether there is a connection to the launcher's PMI server, and
// makes one for a rank that fails before it has needed it.
func (p *process) reachPMI(ctx context.Context, place launch.Place) bool {
	if p.pmi != nil || !place.PMI.Exists() {
		return p.pmi != nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	pmi, err := dialPMI(ctx, place.PMI)
	if err != nil {
		return false // the launcher has gone: it ends the ranks anyway
	}
	p.pmi = pmi
	return true
}

// endJob has MPI, or Hydra, end all ranks with the status of this one, which has told why.
// Without that Hydra lets the others run on when a rank ends before it has used
// PMI, and later ends them with a status and a banner of its own. Other launchers
// act on the status that a rank exits with.
func (p *process) endJob(ctx context.Context, status int) {
	if p.abort != nil {
		drain(p.stderr, time.Second)
		p.abort(status)
	}
	place, err := p.detect()
	if err != nil || place.Launcher != launch.MPICH || !p.reachPMI(ctx, place) {
		return
	}
	// A launcher that ends the job does not read on.
	drain(p.stderr, time.Second)
	if err := p.pmi.Abort(status, ""); err != nil {
		return // the exit without a goodbye ends the job
	}
	// To exit now would race with the request: an end without a goodbye is what
	// Hydra shows its banner for.
	timer := time.NewTimer(launcherEnds)
	defer timer.Stop()
	select {
	case <-p.pmi.Lost():
	case <-timer.C:
	}
}

// drain waits, at most as long as limit, until all that was written to a pipe has
// been read. Nothing but asking again tells a pipe's writer.
func drain(w io.Writer, limit time.Duration) {
	f, ok := w.(interface{ Fd() uintptr })
	if !ok || !isPipe(w) {
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); time.Now().Before(end); <-tick.C {
		if unread, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ); err != nil || unread == 0 {
			return
		}
	}
}

// endedWithin waits for the end of ctx, and tells whether it came within limit.
func endedWithin(ctx context.Context, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return true
	case <-timer.C:
		return false
	}
}

// once marks an error of a world that is another's to tell. Who has failed tells
// it; of a rank that died, rank 0 tells, unless numcomp's own launcher does, which
// knows how; that a signal has ended a rank is its launcher's to tell. Ranks that
// were started by hand have an output each, and all tell.
func (p *process) once(place launch.Place, err error) error {
	var told *job.RankError
	var verdict *rendezvous.RankError
	var start *rendezvous.StartError
	mine := true
	switch {
	case errors.As(err, &told):
		mine = told.Mine
	case errors.As(err, &verdict) && errors.Is(verdict, rendezvous.ErrAborted):
		mine = place.Rank == verdict.Rank
	case errors.As(err, &verdict):
		mine = place.Rank == 0 && place.Launcher != launch.Numcomp
	case errors.As(err, &start):
		mine = start.Err != nil
	}
	if mine || place.Launcher == byHand {
		return err
	}
	return &elsewhere{err}
}

// elsewhere is an error that another rank tells.
type elsewhere struct{ error }

func (e *elsewhere) Unwrap() error { return e.error }

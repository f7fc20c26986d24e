package launch

import (
	"errors"

	"golang.org/x/sys/unix"
)

// readPMI serves what rank i asks for. It says whether there may be more.
func (a *agent) readPMI(i int) bool {
	r := &a.ranks[i]
	if r.pmi < 0 {
		return false
	}
	n, err := unix.Read(r.pmi, a.buf)
	switch {
	case errors.Is(err, unix.EINTR):
		return true
	case errors.Is(err, unix.EAGAIN):
		return false
	case err != nil || n == 0:
		a.closePMI(i)
		return false
	}
	if err := a.pmi.take(i, a.buf[:n], func(res pmiResult) { a.servePMI(i, res) }); err != nil {
		a.fail(i, "does not speak PMI-1: %v", err)
		a.closePMI(i)
	}
	return true
}

func (a *agent) servePMI(i int, res pmiResult) {
	if res.reply != "" {
		a.replyPMI(i, res.reply)
	}
	switch res.action {
	case pmiBarrier:
		if a.pmi.full() {
			a.send(kFence, encode(a.pmi.takePuts()))
		}
		a.barrier.update(!a.pmi.full())
		a.checkBarrier()
	case pmiFinal:
		a.closePMI(i)
	case pmiAbort:
		text := "aborted the job"
		if res.text != "" {
			text += ": " + res.text
		}
		a.send(kFailure, encode(failure{Rank: a.p.Ranks[i], PID: a.ranks[i].pid, Code: res.code, Text: text}))
		a.terminate(unix.SIGTERM)
	}
}

// replyPMI sends to a rank. It waits for each reply, so there is room, unless it
// does not keep to the protocol.
func (a *agent) replyPMI(i int, text string) {
	fd := a.ranks[i].pmi
	if fd < 0 {
		return
	}
	if n, err := unix.Write(fd, []byte(text)); err == nil && n < len(text) || errors.Is(err, unix.EAGAIN) {
		a.fail(i, "does not read the replies of the PMI-1 server")
	}
}

// releaseBarrier lets every rank of the node out.
func (a *agent) releaseBarrier(puts []pair) error {
	if a.pmi == nil || !a.pmi.full() {
		return errors.New("the launcher ends a barrier that not every rank is in")
	}
	line, err := a.pmi.release(puts)
	if err != nil {
		return err
	}
	for i := range a.ranks {
		a.replyPMI(i, line)
	}
	return nil
}

// checkBarrier ends the job if ranks wait in a barrier that a rank can no longer enter.
func (a *agent) checkBarrier() {
	if i := a.pmi.missing(); i >= 0 && !a.stopping {
		a.fail(i, "ended before the PMI barrier in which %d ranks wait for it", a.pmi.inside)
	}
}

func (a *agent) closePMI(i int) {
	if fd := a.ranks[i].pmi; fd >= 0 {
		a.unwatch(fd)
		closeFD(&a.ranks[i].pmi)
	}
}

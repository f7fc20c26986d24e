package shm

import "errors"

// pull is an offered message and the receive that it is for.
type pull struct {
	from *link
	m    *message
	r    *request
	// taken is the number of a receive that had asked for the message and has
	// taken it over since, with r.got bytes; else 0.
	taken uint64
}

// pullBytes is how much is copied before a look at whether the world still stands.
const pullBytes = 4 << 20

// pullAll copies what has been offered and wanted, on the calling goroutine and
// without the lock.
func (t *Transport) pullAll() {
	if t.stuck.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.pulls.Len() > 0 && t.end == nil {
		job := t.pulls.Pop()
		t.pulling++
		t.mu.Unlock()
		err := t.pull(job)
		t.mu.Lock()
		t.pulling--
		t.stuck.Add(-1)
		t.pulled(job, err)
	}
}

var (
	errTakenBack = errors.New("the message was taken back by its sender")
	errDied      = errors.New("the process has ended")
	errOver      = errors.New("the transport has ended")
)

// pull copies one message.
func (t *Transport) pull(job pull) error {
	if job.taken == 0 && !job.m.tick.take(job.from.box.offers) {
		return errTakenBack
	}
	t.step(stepTaken)
	pid, buf := t.peers.At(job.from.rank).PID, job.r.buf[:job.m.size]
	for at := job.r.got; at < len(buf); at += pullBytes {
		if t.over.Load() {
			return errOver
		}
		if err := t.opts.read(pid, job.m.addr+uintptr(at), buf[at:min(at+pullBytes, len(buf))]); err != nil {
			return err
		}
	}
	t.step(stepCopied)
	return nil
}

// pulled ends a pull.
func (t *Transport) pulled(job pull, err error) {
	l, m, r := job.from, job.m, job.r
	switch {
	case err == errTakenBack && l.gone != nil:
		r.finish(0, l.gone)
		return
	case (err == errTakenBack || err == errDied) && t.end == nil:
		// It stays under way until it is decided what the sender's end means.
		t.asked++
		t.asks[t.asked], r.addr = r, 0
		t.look(l)
		return
	case err == errNoCross && t.end == nil:
		t.noCross = true
		t.askAgain(job)
		return
	}
	m.tick.leave(l.box.offers)
	t.step(stepLeft)
	t.send(l, item{kind: word, f: frame{kind: done, b: uint64(m.tick)}})
	switch {
	case t.end != nil && err != nil:
		r.finish(0, t.end)
	case err != nil:
		r.finish(0, err)
	default:
		r.finish(m.size, nil)
	}
}

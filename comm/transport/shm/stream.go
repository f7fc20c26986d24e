package shm

// A long message whose sender and receiver both look after it goes in parts
// through a pipe: one copies a part in while the other copies the last one out, which
// takes half the time of one copy by the receiver alone, and less, since the kernel
// has no part in it. Either may stop looking: as long as no part is being sent the
// receiver may take the message over and copy the rest itself.

const (
	// partBytes is the longest part, and pipeBytes what a pipe holds of them: more
	// parts, or longer ones, are not faster with 512 KiB of second-level cache.
	partBytes = 32 << 10
	pipeBytes = 16 * partBytes
	// turnBytes is how much of a message goes before others have their turn.
	turnBytes = 1 << 20
)

// together tells whether a message from l's rank should go in parts: it looks after
// it, and there is a CPU for each of the two.
func (t *Transport) together(l *link) bool {
	return t.opts.Waiting.Spin > 0 && l.in.pipe != nil && !t.opts.NoPipes && l.box.attending.Load() > 0
}

// askFor has the sender send the bytes of an offer.
func (t *Transport) askFor(l *link, m *message, r *request) {
	t.asked++
	t.asks[t.asked] = r
	r.tick, r.size, r.got, r.addr = m.tick, m.size, 0, m.addr
	t.send(l, item{kind: word, f: frame{kind: ask, a: t.asked, b: uint64(m.tick)}})
}

// stream sends the message of r in parts, from byte at on, unless it does so already.
func (t *Transport) stream(l *link, r *request, number uint64, at int) {
	for n := l.streams.Len(); n > 0; n-- {
		it := l.streams.Pop()
		l.streams.Push(it)
		if it.req == r {
			number = 0
		}
	}
	if number != 0 {
		t.send(l, item{kind: stream, req: r, ask: number, at: at})
	}
}

// putStream sends one part; false if that has to wait.
func (t *Transport) putStream(l *link, it *item) bool {
	r, most := it.req, ringBytes/4
	if l.pipe != nil {
		most = partBytes
	}
	n := min(most, r.size-it.at)
	if !l.partFits(n) {
		return false
	}
	if !r.tick.begin(t.e.box.offers) {
		it.at = r.size // the receiver has taken it over, and says when it has all
		return true
	}
	t.step(stepSending)
	p := r.buf[it.at:][:n]
	f := frame{kind: piece, a: it.ask, b: uint64(it.at)}
	if l.pipe != nil {
		copy(l.pipe[l.parts*partBytes%pipeBytes:], p)
		l.parts++
		f.kind, f.tag = part, uint64(n)
		l.out.put(f, nil)
	} else {
		l.out.put(f, p)
	}
	t.step(stepPart)
	t.moved.Add(1)
	it.turn += n
	if it.at += n; it.at < r.size {
		r.tick.offer(t.e.box.offers)
	} else {
		t.offerEnded(r.tick, nil)
	}
	return true
}

// partFits tells whether there is room for a part of n bytes.
func (l *link) partFits(n int) bool {
	if l.pipe == nil {
		return l.out.room(n)
	}
	if l.parts-l.took == pipeBytes/partBytes {
		l.took = l.out.parts.Load()
	}
	return l.parts-l.took < pipeBytes/partBytes && l.out.room(0)
}

// part is the oldest part in the pipe.
func (in *inbound) part(n int) []byte {
	return in.pipe[in.parts.Load()*partBytes%pipeBytes:][:n]
}

// arrived is the receipt of a part, p and then q.
func (t *Transport) arrived(f frame, p, q []byte) {
	r := t.asks[f.a]
	if r == nil {
		return // the receive has failed
	}
	t.moved.Add(1)
	n := copy(r.buf[f.b:], p)
	n += copy(r.buf[int(f.b)+n:], q)
	if r.got += n; r.got == r.size {
		delete(t.asks, f.a)
		r.finish(r.size, nil)
	}
}

// takeOver has the messages copied that this rank has asked for and whose senders
// do not see to them: this rank is about to sleep.
func (t *Transport) takeOver() {
	t.mu.Lock()
	t.takeAll()
	t.mu.Unlock()
	t.pullAll()
}

// takeAll is the part of takeOver that needs the lock.
func (t *Transport) takeAll() {
	if t.end != nil || t.noCross {
		return
	}
	for number, r := range t.asks {
		if r.addr == 0 || !r.tick.take(r.link.box.offers) {
			continue
		}
		t.step(stepTakenOver)
		t.drain(r.link.in) // the parts sent before
		delete(t.asks, number)
		m := &message{offered: true, size: r.size, tick: r.tick, addr: r.addr}
		t.pulls.Push(pull{from: r.link, m: m, r: r, taken: number})
		t.stuck.Add(1)
	}
}

// askAgain leaves to the sender what this rank may not copy.
func (t *Transport) askAgain(job pull) {
	if job.taken == 0 {
		job.m.tick.offer(job.from.box.offers)
		t.askFor(job.from, job.m, job.r)
		return
	}
	// Its sender may not have noticed that it was taken over: then it just goes on.
	t.asks[job.taken] = job.r
	job.m.tick.offer(job.from.box.offers)
	t.send(job.from, item{kind: word, f: frame{kind: ask, a: job.taken, b: uint64(job.m.tick), tag: uint64(job.r.got)}})
}

package launch

import (
	"sync"
	"time"
)

// printer writes the ranks' output. It has a goroutine of its own, so that a
// writer that blocks (a pager) stops the ranks, by their credit, and nothing else.
type printer struct {
	outputs [2]*lines
	wake    chan struct{}
	failed  chan error // the first error of a writer

	mu     sync.Mutex
	queue  []output
	closed bool
	pool   sync.Pool
	done   chan struct{}
}

// output is a piece of a stream, or its end.
type output struct {
	s    *lineStream
	to   *lines
	data *[]byte // nil: the end
}

func newPrinter(spec *Spec) *printer {
	p := &printer{
		wake:   make(chan struct{}, 1),
		failed: make(chan error, 1),
		done:   make(chan struct{}),
	}
	p.pool.New = func() any { b := make([]byte, 0, chunk); return &b }
	taken := func(n int) func(*lineStream, int) {
		return func(s *lineStream, bytes int) {
			s.agent.send(kOutputCredit, streamHead(s.rank, n), numbers32(uint32(bytes)))
		}
	}
	p.outputs[0] = &lines{w: spec.Stdout, labels: spec.Label, taken: taken(1)}
	p.outputs[1] = &lines{w: spec.Stderr, labels: spec.Label, taken: taken(2)}
	go p.run()
	return p
}

// add queues a piece of a stream. It never blocks: what is under way is bounded
// by the streams' credit.
func (p *printer) add(s *lineStream, stream int, data []byte) {
	b := p.pool.Get().(*[]byte)
	*b = append((*b)[:0], data...)
	p.put(output{s, p.outputs[stream-1], b})
}

func (p *printer) end(s *lineStream, stream int) { p.put(output{s, p.outputs[stream-1], nil}) }

func (p *printer) put(o output) {
	p.mu.Lock()
	p.queue = append(p.queue, o)
	p.mu.Unlock()
	p.poke()
}

func (p *printer) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// close has the goroutine end once all is written; done is closed then.
func (p *printer) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.poke()
}

func (p *printer) take() (q []output, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q, p.queue = p.queue, nil
	return q, p.closed
}

func (p *printer) run() {
	defer close(p.done)
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		q, closed := p.take()
		for _, o := range q {
			if o.data == nil {
				o.to.end(o.s)
				continue
			}
			o.to.add(o.s, *o.data, time.Now())
			p.pool.Put(o.data)
		}
		var next time.Time
		for _, l := range p.outputs {
			if closed {
				for _, s := range l.streams {
					l.end(s)
				}
			}
			if at := l.rest(time.Now()); next.IsZero() || !at.IsZero() && at.Before(next) {
				next = at
			}
			if l.err != nil {
				select {
				case p.failed <- l.err:
				default:
				}
			}
		}
		if closed {
			return
		}
		var tick <-chan time.Time
		if !next.IsZero() {
			timer.Reset(time.Until(next))
			tick = timer.C
		}
		select {
		case <-p.wake:
		case <-tick:
		}
	}
}

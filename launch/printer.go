package launch

import (
	"io"
	"reflect"
	"sync"
	"time"
)

// printer writes the ranks' output to one writer. It has a goroutine of its own,
// so that a writer that blocks (a pager) stops the ranks, by their credit, and
// nothing else.
type printer struct {
	lines  *lines
	wake   chan struct{}
	failed chan error // the first error of the writer

	mu     sync.Mutex
	queue  []output
	closed bool
	pool   sync.Pool
	done   chan struct{}
}

// output is a piece of a stream, or its end.
type output struct {
	s    *lineStream
	data *[]byte // nil: the end
}

// newPrinters makes the printers of standard output and standard error: one and
// the same if both go to one writer.
func newPrinters(spec *Spec) (p [2]*printer) {
	p[0] = newPrinter(spec.Stdout, spec.Label, spec.Timestamp)
	if p[1] = p[0]; !sameWriter(spec.Stdout, spec.Stderr) {
		p[1] = newPrinter(spec.Stderr, spec.Label, spec.Timestamp)
	}
	return p
}

// sameWriter says whether a and b are one; types that cannot be compared are not.
func sameWriter(a, b io.Writer) bool {
	return reflect.TypeOf(a).Comparable() && reflect.TypeOf(b).Comparable() && a == b
}

func newPrinter(w io.Writer, labels, stamps bool) *printer {
	p := &printer{
		lines: &lines{w: w, labels: labels, stamps: stamps, taken: func(s *lineStream, n int) {
			s.agent.send(kOutputCredit, streamHead(s.rank, s.number), numbers32(uint32(n)))
		}},
		wake:   make(chan struct{}, 1),
		failed: make(chan error, 1),
		done:   make(chan struct{}),
	}
	p.pool.New = func() any { b := make([]byte, 0, chunk); return &b }
	go p.run()
	return p
}

// add queues a piece of a stream. It never blocks: what is under way is bounded
// by the streams' credit.
func (p *printer) add(s *lineStream, data []byte) {
	b := p.pool.Get().(*[]byte)
	*b = append((*b)[:0], data...)
	p.put(output{s, b})
}

func (p *printer) end(s *lineStream) { p.put(output{s, nil}) }

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
				p.lines.end(o.s)
				continue
			}
			p.lines.add(o.s, *o.data, time.Now())
			p.pool.Put(o.data)
		}
		if closed {
			for _, s := range p.lines.streams {
				p.lines.end(s)
			}
		}
		next := p.lines.rest(time.Now())
		if p.lines.err != nil {
			select {
			case p.failed <- p.lines.err:
			default:
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

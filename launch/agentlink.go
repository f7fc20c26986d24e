package launch

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"numcomp/hostfile"
)

// agentProcess is an agent that was started, on whatever machine.
type agentProcess struct {
	pid    int // of the process on this machine
	stdin  io.WriteCloser
	stdout io.Reader
	// wait waits for its end, after stdout was read to its end.
	wait func() error
	// kill ends it at once.
	kill func()
	// said is the last that it wrote to its standard error.
	said func() string
}

// agentLink is the launcher's end of the conversation with one agent. A goroutine
// reads frames, another writes them, so that neither side can block the other.
type agentLink struct {
	host    hostfile.Host
	process *agentProcess

	// Of the launcher's loop.
	hello    hello
	greeted  bool
	node     int // -1: no rank of the job
	ranks    []int
	exited   int // ranks that are gone
	inFence  bool
	puts     []pair
	done     bool // said so
	finished bool // the process is gone

	mu      sync.Mutex
	cond    *sync.Cond
	queue   []byte // frames to be written
	closed  bool
	streams map[int]*[2]*lineStream // by rank

	goroutines sync.WaitGroup
}

// linkEvent is what a link tells the launcher's loop.
type linkEvent struct {
	link *agentLink
	kind kind // kEnd: nothing more comes
	body []byte
	err  error // of kEnd: nil if it ended in good order
}

const kEnd kind = 0

// openLink starts the conversation; what comes is sent to events, except output.
func openLink(host hostfile.Host, p *agentProcess, events chan<- linkEvent, stop <-chan struct{}, out [2]*printer) *agentLink {
	l := &agentLink{host: host, process: p, node: -1}
	l.cond = sync.NewCond(&l.mu)
	l.goroutines.Go(l.writeAll)
	l.goroutines.Go(func() {
		err := l.readAll(events, stop, out)
		if err != nil {
			p.kill()
		}
		l.close()
		werr := p.wait()
		if err == nil {
			err = werr
		}
		select {
		case events <- linkEvent{link: l, kind: kEnd, err: err}:
		case <-stop:
		}
	})
	return l
}

// send queues a frame.
func (l *agentLink) send(k kind, parts ...[]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	b := bytes.NewBuffer(l.queue)
	f := frameWriter{w: b}
	if f.write(k, parts...) == nil {
		l.queue = b.Bytes()
	}
	l.cond.Signal()
}

// close ends what the agent reads, once all frames are written.
func (l *agentLink) close() {
	l.mu.Lock()
	l.closed = true
	l.cond.Signal()
	l.mu.Unlock()
}

func (l *agentLink) writeAll() {
	defer l.process.stdin.Close()
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.closed {
			l.cond.Wait()
		}
		b := l.queue
		l.queue = nil
		l.mu.Unlock()
		if len(b) == 0 {
			return
		}
		if _, err := l.process.stdin.Write(b); err != nil {
			// The reader finds out why.
			l.close()
			return
		}
	}
}

func (l *agentLink) setStreams(streams map[int]*[2]*lineStream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams = streams
}

func (l *agentLink) streamsOf(rank int) *[2]*lineStream {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.streams[rank]
}

// readAll reads frames to the end.
func (l *agentLink) readAll(events chan<- linkEvent, stop <-chan struct{}, out [2]*printer) error {
	r := newFrameReader(l.process.stdout)
	if err := r.expect(); err != nil {
		return err
	}
	for {
		k, body, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if k == kOutput || k == kOutputEnd {
			rank, stream, data, err := parseStream(body)
			if err != nil {
				return err
			}
			s := l.streamsOf(rank)
			if s == nil {
				return errors.New("it sent output of a rank that it does not have")
			}
			if k == kOutput {
				out[stream-1].add(s[stream-1], data)
			} else {
				out[stream-1].end(s[stream-1])
			}
			continue
		}
		if k == kDone {
			l.close()
		}
		select {
		case events <- linkEvent{link: l, kind: k, body: bytes.Clone(body)}:
		case <-stop:
			return nil
		}
	}
}

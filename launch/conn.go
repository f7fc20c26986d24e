package launch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"
	"time"
)

// agentProcess is an agent or relay that was started, on whatever machine.
type agentProcess struct {
	pid    int // of the process on this machine
	stdin  io.WriteCloser
	stdout io.Reader
	// open is what comes before the first frame: it reads up to and with the
	// preamble, and may write to stdin. nil: the preamble comes first.
	open func(r *bufio.Reader, stdin io.Writer) error
	// wait waits for its end, after stdout was read to its end.
	wait func() error
	// kill ends it at once, with what it has started on this machine.
	kill func()
	// said is the last that it wrote to its standard error.
	said func() string
}

// conn is one end of the conversation with an agent or relay that this process
// has started. A goroutine reads frames, another writes them, so that neither
// side can block the other.
type conn struct {
	process *agentProcess

	mu     sync.Mutex
	cond   *sync.Cond
	queue  []byte // frames to be written
	ready  bool   // the other side has said its preamble
	closed bool
	// writing is set while what was in the queue is being written.
	writing bool

	goroutines sync.WaitGroup
}

// openConn starts the conversation. take gets every frame, whose body holds
// during the call; its error ends the conversation. ended is called last, once
// the process is gone; its error is nil if that was in good order. Both are
// called from one goroutine, which wait waits for.
func openConn(p *agentProcess, take func(k kind, body []byte) error, ended func(error)) *conn {
	c := &conn{process: p}
	c.cond = sync.NewCond(&c.mu)
	c.goroutines.Go(c.writeAll)
	c.goroutines.Go(func() {
		err := c.readAll(take)
		if err != nil {
			p.kill()
		}
		c.close()
		werr := p.wait()
		if err == nil || errors.Is(err, io.EOF) && werr != nil {
			err = werr
		}
		ended(err)
	})
	return c
}

// wait waits for the conversation's end.
func (c *conn) wait() { c.goroutines.Wait() }

// send queues a frame.
func (c *conn) send(k kind, parts ...[]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	b := bytes.NewBuffer(c.queue)
	f := frameWriter{w: b}
	if f.write(k, parts...) == nil {
		c.queue = b.Bytes()
	}
	c.cond.Broadcast()
}

// flush waits until all frames are written, or cannot be, at most until limit.
func (c *conn) flush(limit time.Time) {
	over := time.AfterFunc(time.Until(limit), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cond.Broadcast()
	})
	defer over.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.ready && !c.closed && (c.writing || len(c.queue) > 0) && time.Now().Before(limit) {
		c.cond.Wait()
	}
}

// close ends what the other side reads, once all frames are written. Frames for
// one that has not yet begun to speak are dropped.
func (c *conn) close() {
	c.mu.Lock()
	c.closed = true
	c.cond.Broadcast()
	c.mu.Unlock()
}

// abandon is close, and the end at once of a process that has not yet begun to speak.
func (c *conn) abandon() {
	c.close()
	if !c.isReady() {
		c.process.kill()
	}
}

func (c *conn) isReady() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ready
}

func (c *conn) setReady() {
	c.mu.Lock()
	c.ready = true
	c.cond.Broadcast()
	c.mu.Unlock()
}

func (c *conn) writeAll() {
	defer c.process.stdin.Close()
	for {
		c.mu.Lock()
		c.writing = false
		c.cond.Broadcast()
		for !c.closed && (len(c.queue) == 0 || !c.ready) {
			c.cond.Wait()
		}
		b := c.queue
		c.queue = nil
		if !c.ready {
			b = nil
		}
		c.writing = true
		c.mu.Unlock()
		if len(b) == 0 {
			return
		}
		if _, err := c.process.stdin.Write(b); err != nil {
			// The reader finds out why.
			c.close()
			return
		}
	}
}

// readAll reads frames to the end.
func (c *conn) readAll(take func(k kind, body []byte) error) error {
	r := newFrameReader(c.process.stdout)
	open := c.process.open
	if open == nil {
		open = func(r *bufio.Reader, _ io.Writer) error { return expect(r) }
	}
	if err := open(r.r, c.process.stdin); err != nil {
		return err
	}
	c.setReady()
	for {
		k, body, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := take(k, body); err != nil {
			return err
		}
	}
}

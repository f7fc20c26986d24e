package rendezvous

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// writeBound is how long a neighbour may take no bytes before it counts as
// lost. Frames are few and small: only a stopped process fills its buffers.
const writeBound = 10 * time.Second

// link is the connection to a neighbour in the control tree.
type link struct {
	conn  net.Conn
	rank  int
	child bool
	// joined is set once a child has told who it is (the parent is known from
	// the start). Guarded by the Control's lock.
	joined bool

	mu      sync.Mutex
	queue   [][]byte
	drained chan struct{} // closed when the writer under way has ended; nil if none
	dead    error         // why writing failed
}

// send queues a frame, which is not written to any more. A goroutine that wg
// counts writes it; frames keep their order. The caller makes sure that nobody
// waits for wg yet.
func (l *link) send(frame []byte, wg *sync.WaitGroup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		return
	}
	l.queue = append(l.queue, frame)
	if l.drained == nil {
		l.drained = make(chan struct{})
		wg.Go(l.write)
	}
}

// write empties the queue. When that fails it closes the connection, so that
// the reader learns of it.
func (l *link) write() {
	for {
		l.mu.Lock()
		frames := net.Buffers(l.queue)
		l.queue = nil
		if len(frames) == 0 {
			close(l.drained)
			l.drained = nil
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		err := l.conn.SetWriteDeadline(time.Now().Add(writeBound))
		if err == nil {
			_, err = frames.WriteTo(l.conn)
		}
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = fmt.Errorf("it took no message for %v: stopped or hung", writeBound)
			}
			l.mu.Lock()
			l.dead, l.queue = err, nil
			l.mu.Unlock()
			l.conn.Close()
		}
	}
}

// why is the reason for which reading ended with err.
func (l *link) why(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		err = l.dead
	}
	return closed(err)
}

// flush waits until the queue is empty, or until bound ends.
func (l *link) flush(bound <-chan struct{}) {
	l.mu.Lock()
	drained := l.drained
	l.mu.Unlock()
	if drained == nil {
		return
	}
	select {
	case <-drained:
	case <-bound:
	}
}

// closeWrite tells the neighbour at the other end that nothing more comes.
func closeWrite(conn net.Conn) {
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite() // the reader sees what is wrong
	}
}

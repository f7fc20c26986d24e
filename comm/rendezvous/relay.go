package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"numcomp/comm/transport/tcp"
	"numcomp/internal/pmiwire"
)

// relay is one process's part of a Store that is spread over a tree of
// processes. Values go up to its head; what somebody below asks for is asked for
// once, and stays. A process without listeners is a leaf, one without a link
// upward the head.
//
// Records need no answers: put goes up, get goes up, and ok comes down with key
// and value once the value is there, or failed with the reason.
type relay struct {
	board *board
	logf  func(string, ...any)
	life  context.Context // ends with Met or Close
	end   context.CancelFunc
	wg    sync.WaitGroup // of all goroutines

	mu        sync.Mutex
	closed    bool
	up        *relayConn
	asked     map[string]bool // sent upward
	listeners []net.Listener
	conns     map[net.Conn]struct{}
	below     map[*relayConn]struct{} // the links that answer serves
	asks      int                     // answers under way
	told      chan struct{}           // closed when there are none, once somebody waits for that
}

// relayConn is a link that several goroutines write to.
type relayConn struct {
	*headConn
	write sync.Mutex
}

func (c *relayConn) send(what byte, texts ...string) error {
	c.write.Lock()
	defer c.write.Unlock()
	if err := c.SetWriteDeadline(time.Now().Add(headWrite)); err != nil {
		return err
	}
	return c.headConn.send(what, texts...)
}

func newRelay(logf func(string, ...any)) *relay {
	if logf == nil {
		logf = func(string, ...any) {}
	}
	r := &relay{board: newBoard(), logf: logf, asked: map[string]bool{}, conns: map[net.Conn]struct{}{}, below: map[*relayConn]struct{}{}}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

// serve takes connections on l, each of which admit lets in or not.
func (r *relay) serve(l net.Listener, admit func(net.Conn) (*headConn, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		l.Close()
		return
	}
	r.listeners = append(r.listeners, l)
	slots := make(chan struct{}, headUnproven)
	r.wg.Go(func() {
		for {
			select {
			case slots <- struct{}{}:
			case <-r.life.Done():
				return
			}
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				<-slots
				// Too many open files, most likely: the connection stays queued.
				if pause(r.life, 100*time.Millisecond) != nil {
					return
				}
				continue
			}
			if !r.own(conn) {
				conn.Close()
				return
			}
			r.wg.Go(func() {
				defer r.disown(conn)
				c, err := r.admit(conn, admit)
				<-slots
				if err != nil {
					r.complain(conn, err)
					return
				}
				c.Conn = tcp.Quiet(c.Conn)
				r.answer(&relayConn{headConn: c})
			})
		}
	})
}

// own notes a connection that the end of r closes, unless r has ended.
func (r *relay) own(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.conns[conn] = struct{}{}
	return true
}

func (r *relay) disown(conn net.Conn) {
	conn.Close()
	r.mu.Lock()
	delete(r.conns, conn)
	r.mu.Unlock()
}

func (r *relay) admit(conn net.Conn, admit func(net.Conn) (*headConn, error)) (*headConn, error) {
	if err := conn.SetDeadline(time.Now().Add(headSilence)); err != nil {
		return nil, err
	}
	c, err := admit(conn)
	if err != nil {
		return nil, err
	}
	return c, conn.SetDeadline(time.Time{})
}

// complain logs who was refused; one who only looked, or tries every port of a
// range, is not worth a word.
func (r *relay) complain(conn net.Conn, err error) {
	if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && r.life.Err() == nil {
		r.logf("start: refused %v: %v; the start goes on", conn.RemoteAddr(), err)
	}
}

// answer serves one process below until it ends.
func (r *relay) answer(c *relayConn) {
	r.mu.Lock()
	r.below[c] = struct{}{}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.below, c)
		r.mu.Unlock()
	}()
	for {
		what, d, err := c.receive()
		if err != nil {
			return
		}
		key := d.string()
		switch what {
		case recordPut:
			value := d.string()
			if d.end() != nil || checkPair(key, value) != nil {
				return
			}
			_ = r.Put(r.life, key, value) // one that fails ends the start, and all are told
		case recordGet:
			if d.end() != nil || pmiwire.CheckKey(key) != nil {
				return
			}
			r.count(1)
			r.wg.Go(func() {
				defer r.count(-1)
				r.reply(c, key)
			})
		default:
			return
		}
	}
}

// reply sends the value of key when it is there. A link that breaks ends its
// reader, so the error of a write needs no other care.
func (r *relay) reply(c *relayConn, key string) {
	value, err := r.Get(r.life, key)
	switch {
	case err == nil:
		_ = c.send(recordOK, key, value)
	case r.life.Err() == nil:
		text := err.Error()
		_ = c.send(recordFailed, text[:min(len(text), maxRecord/2)])
	}
}

// join makes c, an open link, the way to the head.
func (r *relay) join(c *headConn) error {
	c.Conn = tcp.Quiet(c.Conn)
	if !r.own(c.Conn) {
		c.Close()
		return net.ErrClosed
	}
	up := &relayConn{headConn: c}
	r.mu.Lock()
	r.up = up
	r.mu.Unlock()
	// What was put and asked for before goes up now.
	r.board.mu.Lock()
	values := map[string]string{}
	for k, v := range r.board.values {
		values[k] = v
	}
	r.board.mu.Unlock()
	for k, v := range values {
		if err := up.send(recordPut, k, v); err != nil {
			return err
		}
	}
	r.mu.Lock()
	var asked []string
	for k := range r.asked {
		asked = append(asked, k)
	}
	r.mu.Unlock()
	for _, k := range asked {
		if err := up.send(recordGet, k); err != nil {
			return err
		}
	}
	r.wg.Go(func() {
		defer r.disown(c.Conn)
		err := r.listen(up)
		if r.life.Err() == nil {
			r.board.fail(fmt.Errorf("the process that passes values on to this rank has ended: %w", brief(err)))
		}
	})
	return nil
}

// listen takes in what comes down.
func (r *relay) listen(up *relayConn) error {
	for {
		what, d, err := up.receive()
		if err != nil {
			return err
		}
		key := d.string()
		switch what {
		case recordOK:
			value := d.string()
			if err := errors.Join(d.end(), checkPair(key, value)); err != nil {
				return err
			}
			if err := r.board.put(key, value); err != nil {
				return err
			}
		case recordFailed:
			r.board.fail(&StartError{Text: key})
		default:
			return fmt.Errorf("it sent a record of kind %d", what)
		}
	}
}

// Put publishes value, here and at the head.
func (r *relay) Put(_ context.Context, key, value string) error {
	if err := checkPair(key, value); err != nil {
		return err
	}
	if err := r.board.put(key, value); err != nil {
		r.tell(err)
		return err
	}
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	if up == nil {
		return nil // join sends it, unless this is the head
	}
	return up.send(recordPut, key, value)
}

// tell ends the start with err, here and at all below, of whom some may ask nothing
// any more.
func (r *relay) tell(err error) {
	start := &StartError{Text: "start: " + err.Error(), Err: err}
	r.board.fail(start)
	r.mu.Lock()
	below := slices.Collect(maps.Keys(r.below))
	r.mu.Unlock()
	for _, c := range below {
		_ = c.send(recordFailed, start.Text) // its reader learns of a broken link
	}
}

// Commit does nothing: a value is visible as soon as it is put.
func (r *relay) Commit(context.Context) error { return nil }

// Get waits for the value of key.
func (r *relay) Get(ctx context.Context, key string) (string, error) {
	if err := pmiwire.CheckKey(key); err != nil {
		return "", err
	}
	r.board.mu.Lock()
	_, here := r.board.values[key]
	r.board.mu.Unlock()
	r.mu.Lock()
	ask := !here && !r.asked[key]
	if ask {
		r.asked[key] = true
	}
	up := r.up
	r.mu.Unlock()
	if ask && up != nil {
		if err := up.send(recordGet, key); err != nil {
			return "", err
		}
	}
	return r.board.get(ctx, key)
}

// want asks for keys before they are needed.
func (r *relay) want(keys ...string) {
	r.mu.Lock()
	var ask []string
	for _, key := range keys {
		if !r.asked[key] {
			r.asked[key] = true
			ask = append(ask, key)
		}
	}
	up := r.up
	r.mu.Unlock()
	for _, key := range ask {
		if up != nil && up.send(recordGet, key) != nil {
			return // the reader tells what is wrong
		}
	}
}

// Ended implements Ending.
func (r *relay) Ended() (<-chan struct{}, func() error) {
	return r.board.ended, func() error {
		r.board.mu.Lock()
		defer r.board.mu.Unlock()
		return r.board.failure
	}
}

// Fail tells all who ask here why there will be no start.
func (r *relay) Fail(text string) {
	r.board.fail(&StartError{Text: text})
	told := make(chan struct{})
	r.mu.Lock()
	r.told = told
	r.mu.Unlock()
	r.count(0)
	t := time.NewTimer(headLinger)
	defer t.Stop()
	select {
	case <-told:
	case <-t.C:
	}
}

// count keeps the number of answers under way.
func (r *relay) count(more int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asks += more; r.asks == 0 && r.told != nil {
		close(r.told)
		r.told = nil
	}
}

// Met ends all connections: every rank has arrived, so nobody asks any more.
func (r *relay) Met() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	r.end()
	for _, l := range r.listeners {
		l.Close()
	}
	for c := range r.conns {
		c.Close()
	}
}

// Close is Met, and waits until all has ended.
func (r *relay) Close() error {
	r.Met()
	r.wg.Wait()
	return nil
}

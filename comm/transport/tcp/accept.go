package tcp

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// acceptBackoff bounds the pause after an accept that failed for want of file
// descriptors or memory: the connection stays queued meanwhile.
const acceptBackoff = time.Second

// serve answers what one listener accepts until it is closed.
func (e *Endpoint) serve(l *net.TCPListener) {
	pause := time.Duration(0)
	for {
		c, err := l.AcceptTCP()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if pause == 0 {
				e.logf("tcp: accept: %v; trying again", err)
			}
			pause = min(max(2*pause, 5*time.Millisecond), acceptBackoff)
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-e.ctx.Done():
				timer.Stop()
				return
			}
			continue
		}
		pause = 0
		ticket := e.gate.enter(e.ctx, c)
		if ticket == nil || e.begin() != nil {
			c.Close()
			return
		}
		go func() {
			defer e.tasks.Done()
			leave := func() { e.gate.leave(ticket) }
			if err := e.answer(c, leave); err != nil {
				leave()
				c.Close()
				e.report(c, err)
			}
		}()
		// Close may have emptied the gate just before this connection entered.
		if e.ctx.Err() != nil {
			c.Close()
		}
	}
}

// report logs a hello that failed, unless it is part of normal life: a dialler
// that dropped the slower of two addresses, or this endpoint's own end.
func (e *Endpoint) report(c net.Conn, err error) {
	addr := c.RemoteAddr()
	switch {
	case e.ctx.Err() != nil, errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		e.logf("tcp: closed a connection from %v: its hello did not come in time; the job goes on", addr)
	default:
		e.logf("tcp: refused a connection from %v: %v; the job goes on", addr, err)
	}
}

// answer is the acceptor's side of the hello. On success it hands c on; else the
// caller closes it. leave tells the gate that c has proved itself.
func (e *Endpoint) answer(c *net.TCPConn, leave func()) error {
	if err := prepare(c); err != nil {
		return err
	}
	if err := c.SetDeadline(time.Now().Add(e.cfg.HelloTimeout)); err != nil {
		return err
	}
	quiet := Quiet(c)
	theirs, raw, err := readHello(quiet)
	if err != nil && !errors.Is(err, errProtocol) {
		return err
	}
	mine, herr := e.mine(theirs.Kind, theirs.From)
	if herr != nil {
		return herr
	}
	reply := appendHello(nil, mine)
	if err != nil {
		// The first part tells the dialler what runs here.
		_, _ = quiet.Write(reply)
		return fmt.Errorf("it runs another build: %q (protocol %d), this rank runs %q (protocol %d)",
			theirs.Build, theirs.proto, e.id.Build, protocolVersion)
	}
	proof := prove(&e.id.Secret, roleAcceptor, raw, reply)
	if _, err := quiet.Write(append(reply[:len(reply):len(reply)], proof...)); err != nil {
		return err
	}
	if theirs.job != e.id.Job {
		return errors.New("it belongs to another job")
	}
	if theirs.To != e.id.Rank {
		return fmt.Errorf("it looks for rank %d, this is rank %d", theirs.To, e.id.Rank)
	}
	var got [proofLen]byte
	if _, err := io.ReadFull(quiet, got[:]); err != nil {
		return err
	}
	if !hmac.Equal(got[:], prove(&e.id.Secret, roleDialler, raw, reply)) {
		return errors.New("it does not know this job's secret")
	}
	leave()
	if status, err := e.check(&theirs); err != nil {
		_, _ = c.Write(appendStatus(nil, status, reasonOf(err)))
		c.Close()
		e.tellRefused(theirs.From, err)
		return nil
	}
	return e.handOver(c, &theirs)
}

// check decides whether a proven rank of this job may connect.
func (e *Endpoint) check(theirs *hello) (byte, error) {
	refuse := func(format string, args ...any) (byte, error) {
		return statusRefused, &RefusedError{Rank: theirs.From, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case theirs.Build != e.id.Build:
		return statusBuild, &BuildError{Rank: theirs.From, Mine: e.id.Build, Theirs: theirs.Build,
			MyProtocol: protocolVersion, TheirProtocol: theirs.proto}
	case theirs.Size != e.id.Size:
		return refuse("world size %d there, %d at rank %d", theirs.Size, e.id.Size, e.id.Rank)
	case theirs.order != hostOrder():
		return refuse("the byte orders of rank %d and rank %d differ", theirs.From, e.id.Rank)
	case theirs.Kind != KindControl && theirs.Kind != KindData && theirs.Kind != KindProbe:
		return refuse("rank %d knows no connection of %v", e.id.Rank, theirs.Kind)
	case theirs.Kind == KindControl && e.control == nil:
		return refuse("rank %d takes no control links", e.id.Rank)
	case !e.recognise(theirs.From, theirs.instance):
		return statusDuplicate, &DuplicateRankError{Rank: theirs.From}
	case theirs.From == e.id.Rank:
		return refuse("rank %d called itself", e.id.Rank)
	}
	return statusOK, nil
}

func reasonOf(err error) string {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused.Reason
	}
	return err.Error()
}

func (e *Endpoint) tellRefused(from int, err error) {
	e.mu.Lock()
	f := e.refused
	e.mu.Unlock()
	if f != nil {
		f(from, err)
		return
	}
	e.logf("tcp: refused rank %d: %v", from, err)
}

// handOver sends the status and gives the connection to who it is for.
func (e *Endpoint) handOver(c *net.TCPConn, theirs *hello) error {
	if theirs.Kind == KindProbe {
		return finishAndClose(c, statusOK, "")
	}
	if theirs.Kind == KindControl {
		if err := finish(c, statusOK, ""); err != nil {
			return err
		}
		e.control(theirs.From, Quiet(c), theirs.Hello)
		return nil
	}

	// The status must go out before the transport may write its first frame,
	// and a connection admitted must be installed whatever became of it.
	e.mu.Lock()
	s := e.sink
	if s == nil {
		defer e.mu.Unlock()
		return e.keepEarly(c, theirs.From)
	}
	e.mu.Unlock()
	status, reason := s.admit(theirs.From)
	err := finish(c, status, reason)
	switch status {
	case statusOK:
		s.install(theirs.From, c)
	case statusYield:
		c.Close()
	default:
		c.Close()
		if err == nil {
			e.logf("tcp: refused a data connection of rank %d: %s", theirs.From, reason)
		}
	}
	return nil
}

// keepEarly accepts a data connection that came before New. e.mu is held. The
// few bytes of a status always fit into a fresh connection's buffer.
func (e *Endpoint) keepEarly(c *net.TCPConn, from int) error {
	if e.closed || e.early[from] != nil {
		return finishAndClose(c, statusRefused, "there is a data connection already")
	}
	if err := finish(c, statusOK, ""); err != nil {
		return err
	}
	e.early[from] = c
	return nil
}

// attach makes s the taker of data connections and gives it those that came
// before.
func (e *Endpoint) attach(s sink) {
	for {
		e.mu.Lock()
		early := e.early
		if len(early) == 0 {
			e.sink = s
			e.mu.Unlock()
			return
		}
		e.early = make(map[int]*net.TCPConn)
		e.mu.Unlock()
		for from, c := range early {
			if status, _ := s.admit(from); status != statusOK {
				c.Close()
				continue
			}
			s.install(from, c)
		}
	}
}

// finish sends the status and lifts the hello's deadline.
func finish(c *net.TCPConn, status byte, reason string) error {
	_, err := Quiet(c).Write(appendStatus(nil, status, reason))
	if err == nil {
		err = c.SetDeadline(time.Time{})
	}
	return err
}

func finishAndClose(c *net.TCPConn, status byte, reason string) error {
	err := finish(c, status, reason)
	c.Close()
	return err
}

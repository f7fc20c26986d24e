package tcp

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// dialStagger is the head start that each address has before the next one is
	// tried beside it (RFC 8305 allows 100 ms to 2 s, and proposes 250 ms).
	dialStagger = 150 * time.Millisecond
	// connectTimeout bounds one address's connect: three SYNs and an answer.
	connectTimeout = 10 * time.Second
)

// candidate is a connection whose acceptor has proved itself.
type candidate struct {
	index  int
	conn   *net.TCPConn
	theirs hello
	mine   []byte // both hellos, as sent
	reply  []byte
	err    error
}

// Dial connects to rank to by the first of its addresses that proves to be it.
// Addresses are tried in order, each 150 ms after the one before or as soon as
// that has failed. The connection that lost is dropped before it counts. The
// error is a *DialError with every address's cause, or what the rank itself
// answered: *BuildError, *DuplicateRankError, *RefusedError.
func (e *Endpoint) Dial(ctx context.Context, to int, addrs []netip.AddrPort, kind Kind) (net.Conn, error) {
	c, err := e.dial(ctx, to, addrs, kind)
	if err != nil {
		return nil, err
	}
	return Quiet(c), nil
}

func (e *Endpoint) dial(ctx context.Context, to int, addrs []netip.AddrPort, kind Kind) (*net.TCPConn, error) {
	if err := e.begin(); err != nil {
		return nil, err
	}
	defer e.tasks.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.ctx, func() { cancel(ErrEndpointClosed) })()

	won, err := e.race(ctx, to, addrs, kind)
	if err != nil {
		return nil, err
	}
	if err := e.conclude(ctx, to, won); err != nil {
		won.conn.Close()
		return nil, err
	}
	return won.conn, nil
}

// race tries all addresses, staggered, and returns the first whose acceptor
// proved itself. All others are closed when it returns.
func (e *Endpoint) race(ctx context.Context, to int, addrs []netip.AddrPort, kind Kind) (candidate, error) {
	fail := &DialError{Rank: to}
	results := make(chan candidate, len(addrs))
	attempts, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer func() {
		stop()
		running.Wait()
		close(results)
		for r := range results {
			if r.err == nil {
				r.conn.Close()
			}
		}
	}()

	timer := time.NewTimer(0)
	defer timer.Stop()
	next, pending := 0, 0
	for next < len(addrs) || pending > 0 {
		var due <-chan time.Time
		if next < len(addrs) {
			due = timer.C
		}
		select {
		case <-due:
			index := next
			next++
			pending++
			timer.Reset(dialStagger)
			running.Go(func() {
				r := e.attempt(attempts, to, addrs[index], kind)
				r.index = index
				results <- r
			})
		case r := <-results:
			pending--
			if r.err == nil {
				return r, nil
			}
			fail.Attempts = append(fail.Attempts, Attempt{addrs[r.index], r.err})
			timer.Reset(0)
		case <-ctx.Done():
			// Those under way end now, and say how far they came.
			next = len(addrs)
			for ; pending > 0; pending-- {
				r := <-results
				if r.err == nil {
					r.conn.Close()
					continue
				}
				fail.Attempts = append(fail.Attempts, Attempt{addrs[r.index], r.err})
			}
		}
	}
	fail.Err = context.Cause(ctx)
	return candidate{}, fail
}

// attempt connects to one address and takes the acceptor's proof.
func (e *Endpoint) attempt(ctx context.Context, to int, addr netip.AddrPort, kind Kind) candidate {
	d := net.Dialer{Timeout: connectTimeout, KeepAlive: -1}
	nc, err := d.DialContext(ctx, "tcp", addr.String())
	if err != nil {
		return candidate{err: err}
	}
	r := candidate{conn: nc.(*net.TCPConn)}
	r.err = e.withDeadline(ctx, r.conn, func() error { return e.greet(&r, to, addr, kind) })
	if r.err != nil {
		r.conn.Close()
	}
	return r
}

// withDeadline runs one exchange of a hello, which ends with ctx. A context
// without a deadline gets the hello's. With one, the other side may take its
// time: it may listen already and not know yet who it is.
func (e *Endpoint) withDeadline(ctx context.Context, c *net.TCPConn, f func() error) error {
	if _, ok := ctx.Deadline(); !ok {
		if err := c.SetDeadline(time.Now().Add(e.cfg.HelloTimeout)); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	err := f()
	if !stop() {
		return fmt.Errorf("%w: %w", errNoAnswer, context.Cause(ctx))
	}
	return err
}

// greet is the dialler's side of the hello up to the acceptor's proof.
func (e *Endpoint) greet(r *candidate, to int, addr netip.AddrPort, kind Kind) error {
	if err := prepare(r.conn); err != nil {
		return err
	}
	mine, err := e.mine(kind, to)
	if err != nil {
		return err
	}
	r.mine = appendHello(nil, mine)
	conn := Quiet(r.conn)
	if _, err := conn.Write(r.mine); err != nil {
		return err
	}
	foreign := func(format string, args ...any) error {
		return &ForeignError{Addr: addr.String(), What: fmt.Sprintf(format, args...)}
	}
	r.theirs, r.reply, err = readHello(conn)
	switch {
	case errors.Is(err, errProtocol):
		return &BuildError{Rank: to, Mine: e.id.Build, Theirs: r.theirs.Build,
			MyProtocol: protocolVersion, TheirProtocol: r.theirs.proto}
	case errors.Is(err, errNotNumcomp):
		return foreign("not our job (another program answers)")
	case err != nil:
		return err
	case r.theirs.job != e.id.Job:
		return foreign("not our job (another numcomp job answers)")
	case r.theirs.From != to:
		return foreign("rank %d of this job answers, not rank %d", r.theirs.From, to)
	}
	var proof [proofLen]byte
	if _, err := io.ReadFull(conn, proof[:]); err != nil {
		return err
	}
	if !hmac.Equal(proof[:], prove(&e.id.Secret, roleAcceptor, r.mine, r.reply)) {
		return &ProofError{Addr: addr.String()}
	}
	return nil
}

// conclude sends this side's proof on the connection that won and reads how the
// acceptor decided.
func (e *Endpoint) conclude(ctx context.Context, to int, r candidate) error {
	if !e.recognise(to, r.theirs.instance) {
		return &DuplicateRankError{Rank: to}
	}
	var code byte
	var reason string
	err := e.withDeadline(ctx, r.conn, func() (err error) {
		conn := Quiet(r.conn)
		if _, err := conn.Write(prove(&e.id.Secret, roleDialler, r.mine, r.reply)); err != nil {
			return err
		}
		code, reason, err = readStatus(conn)
		return err
	})
	if err != nil {
		addr, _ := netip.ParseAddrPort(r.conn.RemoteAddr().String())
		return &DialError{Rank: to, Attempts: []Attempt{{addr, err}}}
	}
	switch code {
	case statusOK:
		return r.conn.SetDeadline(time.Time{})
	case statusYield:
		return errYield
	case statusDuplicate:
		return &DuplicateRankError{Rank: e.id.Rank}
	case statusBuild:
		return &BuildError{Rank: to, Mine: e.id.Build, Theirs: r.theirs.Build,
			MyProtocol: protocolVersion, TheirProtocol: r.theirs.proto}
	}
	return &RefusedError{Rank: to, Reason: reason}
}

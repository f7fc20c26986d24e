package rendezvous

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"numcomp/internal/pmiwire"
)

// headClient is the end of a rank other than 0. One request is under way at a
// time: it is used by Join, which has one goroutine.
type headClient struct {
	cfg    HeadConfig
	conn   *headConn
	failed bool // an answer was an error
}

// headRefused is what rank 0 answered to the claim: trying again is no use.
type headRefused struct{ reason string }

func (e *headRefused) Error() string { return "rank 0 refused this rank: " + e.reason }

// dialHead tries until rank 0 is there. What only time can mend is tried again:
// nobody listens, another program does, a connection breaks.
func dialHead(ctx context.Context, cfg HeadConfig) (*headClient, error) {
	began, notice := time.Now(), cfg.WaitingAfter
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		conn, err := claimHead(ctx, cfg)
		if err == nil {
			return &headClient{cfg: cfg, conn: conn}, nil
		}
		var refused *headRefused
		if errors.As(err, &refused) || errors.Is(err, errWrongKey) {
			return nil, fmt.Errorf("--head %s: %w", cfg.Addr, err)
		}
		if cfg.Waiting != nil && time.Since(began) >= notice {
			cfg.Waiting(fmt.Sprintf("waiting for rank 0 at %s: %v", cfg.Addr, brief(err)))
			for time.Since(began) >= notice {
				notice *= 2
			}
		}
		if stop := pause(ctx, wait); stop != nil {
			return nil, fmt.Errorf("--head %s: rank %d could not reach rank 0: %w (%v): is rank 0 started, and does no firewall stand between?", cfg.Addr, cfg.Rank, stop, brief(err))
		}
	}
}

// brief is the part of a dial's error that says what happened.
func brief(err error) error {
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("nothing listens there")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it closed the connection")
	case errors.As(err, &op) && op.Timeout():
		return errors.New("no answer")
	case errors.As(err, &op):
		return op.Err
	}
	return err
}

// claimHead is one try: connect, prove the key, claim the rank.
func claimHead(ctx context.Context, cfg HeadConfig) (*headConn, error) {
	d := net.Dialer{Timeout: headSilence}
	conn, err := d.DialContext(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, err
	}
	c, err := func() (*headConn, error) {
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		if err := conn.SetDeadline(time.Now().Add(headSilence)); err != nil {
			return nil, err
		}
		c, err := greetHead(conn, &cfg.Key)
		if err != nil {
			return nil, err
		}
		if err := c.seal(cfg.claim().append([]byte{recordClaim})); err != nil {
			return nil, err
		}
		what, d, err := c.receive()
		if err != nil {
			return nil, err
		}
		switch what {
		case recordOK:
			return c, conn.SetDeadline(time.Time{})
		case recordRefused:
			return nil, &headRefused{d.string()}
		}
		return nil, fmt.Errorf("rank 0 answered the claim with a record of kind %d", what)
	}()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// Put has rank 0 store value under key.
func (h *headClient) Put(ctx context.Context, key, value string) error {
	if err := checkPair(key, value); err != nil {
		return err
	}
	_, _, err := h.ask(ctx, recordPut, key, value)
	return err
}

// Commit does nothing: a value is visible as soon as it is put.
func (h *headClient) Commit(context.Context) error { return nil }

// Get asks rank 0 for key until it is there.
func (h *headClient) Get(ctx context.Context, key string) (string, error) {
	if err := pmiwire.CheckKey(key); err != nil {
		return "", err
	}
	for {
		value, ok, err := h.ask(ctx, recordGet, key)
		if ok || err != nil {
			return value, err
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("--head %s: %s was not published: %w", h.cfg.Addr, key, context.Cause(ctx))
		}
	}
}

// ask sends one request and reads its answer; ok is false for "not yet".
func (h *headClient) ask(ctx context.Context, what byte, texts ...string) (value string, ok bool, err error) {
	defer func() { h.failed = h.failed || err != nil }()
	fail := func(err error) (string, bool, error) {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return "", false, fmt.Errorf("--head %s: the connection to rank 0 ended: %w", h.cfg.Addr, err)
	}
	if err := h.conn.SetDeadline(time.Now().Add(headPoll + headWrite)); err != nil {
		return fail(err)
	}
	defer context.AfterFunc(ctx, func() { _ = h.conn.SetDeadline(time.Now()) })()
	if err := h.conn.send(what, texts...); err != nil {
		return fail(err)
	}
	kind, d, err := h.conn.receive()
	if err != nil {
		return fail(brief(err))
	}
	switch kind {
	case recordOK:
		value = d.string()
		return value, true, d.end()
	case recordNotYet:
		return "", false, nil
	case recordRefused:
		return "", false, fmt.Errorf("--head %s: rank 0 refused: %s", h.cfg.Addr, d.string())
	case recordFailed:
		return "", false, &StartError{Text: d.string()}
	}
	return fail(fmt.Errorf("it sent a record of kind %d", kind))
}

// Close ends the connection. If all went well this rank stays claimed.
func (h *headClient) Close() error {
	if err := h.conn.SetDeadline(time.Now().Add(time.Second)); err == nil && !h.failed {
		_ = h.conn.send(recordBye) // rank 0 may have closed first
	}
	return h.conn.Close()
}

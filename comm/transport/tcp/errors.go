package tcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
)

// BuildError means that a rank of this job runs another build of the program,
// or another version of the protocol.
type BuildError struct {
	Rank         int
	Mine, Theirs string
	// MyProtocol and TheirProtocol are the protocol versions.
	MyProtocol, TheirProtocol int
}

func (e *BuildError) Error() string {
	if e.MyProtocol != e.TheirProtocol {
		return fmt.Sprintf("rank %d runs another build: %q (protocol %d), this rank runs %q (protocol %d); start the same program on every node",
			e.Rank, e.Theirs, e.TheirProtocol, e.Mine, e.MyProtocol)
	}
	return fmt.Sprintf("rank %d runs another build: %q, this rank runs %q; start the same program on every node", e.Rank, e.Theirs, e.Mine)
}

// DuplicateRankError means that two processes of one job claim the same rank.
type DuplicateRankError struct {
	Rank int
}

func (e *DuplicateRankError) Error() string {
	return fmt.Sprintf("two processes claim to be rank %d of this job: was it started twice, or with the same --rank on two nodes?", e.Rank)
}

// ProofError means that the other end speaks numcomp's protocol and names this
// job, but does not know its secret.
type ProofError struct {
	Addr string
}

func (e *ProofError) Error() string {
	return fmt.Sprintf("%s does not know this job's secret", e.Addr)
}

// ForeignError means that an address answers as somebody else: another program,
// another job, or another rank.
type ForeignError struct {
	Addr string
	What string
}

func (e *ForeignError) Error() string { return e.Addr + " is somebody else: " + e.What }

// RefusedError means that a proven rank of this job refused the connection.
type RefusedError struct {
	Rank   int
	Reason string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("rank %d refused the connection: %s", e.Rank, e.Reason)
}

// errYield is the end of a dial whose acceptor has a connection of its own to
// the dialler under way, which wins.
var errYield = errors.New("the other side's connection wins")

// errNoAnswer is the end of a dial's context while the other side, to which there
// is a connection, was to speak.
var errNoAnswer = errors.New("no answer")

// errNotStarted is a use of the endpoint that needs an identity.
var errNotStarted = errors.New("tcp: the endpoint has not been started")

// ErrEndpointClosed is the error of an endpoint's operations after Close.
var ErrEndpointClosed = errors.New("tcp: the endpoint is closed")

// Attempt is how one address of a Dial failed.
type Attempt struct {
	Addr netip.AddrPort
	Err  error
}

// DialError means that none of a rank's addresses led to it.
type DialError struct {
	Rank     int
	Attempts []Attempt
	// Err is the end of the context, if that ended the dial.
	Err error
}

func (e *DialError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "cannot connect to rank %d", e.Rank)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	for _, a := range e.Attempts {
		fmt.Fprintf(&b, "; %v: %s", a.Addr, explain(a.Err))
	}
	if len(e.Attempts) == 0 && e.Err == nil {
		b.WriteString(": it published no address")
	}
	return b.String()
}

// Unwrap returns the causes of all attempts.
func (e *DialError) Unwrap() []error {
	var out []error
	if e.Err != nil {
		out = append(out, e.Err)
	}
	for _, a := range e.Attempts {
		out = append(out, a.Err)
	}
	return out
}

// explain says in a few words why an address did not work, and the likely
// reason where there is one.
func explain(err error) string {
	var op *net.OpError
	var foreign *ForeignError
	switch {
	case errors.As(err, &foreign):
		return foreign.What
	case errors.Is(err, errNoAnswer):
		return "connected, but no answer came"
	case errors.Is(err, context.Canceled):
		return "given up before it was connected"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused (nothing listens there)"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		if errors.As(err, &op) && op.Op == "read" {
			return "connected, but no answer came"
		}
		return "timed out (firewall?)"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed by the other side during the hello"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "no route to it"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}

package comm

import (
	"errors"
	"fmt"
	"strings"

	"numcomp/comm/transport"
)

// ErrLength is the error of a collective whose ranks disagree on a length.
var ErrLength = errors.New("the ranks' lengths differ")

// Error is the error of every operation of this package.
type Error struct {
	// Op is the operation that was called: send, recv, bcast, gather, ...
	Op string
	// Step is what of a collective failed, send or recv; empty otherwise.
	Step string
	// Rank is this rank and Peer the other, in the communicator. Peer is -1
	// where there is none: an argument was wrong.
	Rank, Peer int
	// Host is the peer's host, empty if unknown.
	Host string
	// Tag is the tag of a point to point operation, else -1.
	Tag int
	// Err is the cause.
	Err error
}

// Error says what failed, with whom, and why, as in
//
//	comm: recv from rank 3 (host n4), tag 7: connection reset by peer
//	comm: gather: recv from rank 3 (host n4): connection reset by peer
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("comm: " + e.Op)
	verb := e.Op
	if e.Step != "" {
		b.WriteString(": " + e.Step)
		verb = e.Step
	}
	if e.Peer >= 0 {
		preposition := "from"
		if verb == "send" {
			preposition = "to"
		}
		fmt.Fprintf(&b, " %s rank %d", preposition, e.Peer)
		if e.Host != "" {
			fmt.Fprintf(&b, " (host %s)", e.Host)
		}
	}
	if e.Tag >= 0 {
		fmt.Fprintf(&b, ", tag %d", e.Tag)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// argument is the error of an argument of op that cannot be right.
func (c *Comm) argument(op, format string, args ...any) error {
	return &Error{Op: op, Rank: c.rank, Peer: -1, Tag: -1, Err: fmt.Errorf(format, args...)}
}

// lengthError is the error of a message of got bytes where want were expected.
func lengthError(got, want int) error {
	return fmt.Errorf("%w: %d bytes came where %d were expected", ErrLength, got, want)
}

// explain adds to an error of the transport what it means within a collective,
// unless it is another rank's error that came along.
func explain(err error) error {
	var elsewhere *Error
	if errors.Is(err, transport.ErrTruncated) && !errors.As(err, &elsewhere) {
		return fmt.Errorf("%w: %w", ErrLength, err)
	}
	return err
}

package tcp

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"numcomp/comm/transport"
)

// LostError means that the data connection to a rank failed or could not be
// made: most likely the rank, or its node, has died.
type LostError struct {
	Rank int
	Host string
	PID  int
	Err  error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("%s was lost: %s", transport.RankName(e.Rank, e.Host, e.PID), lossText(e.Err))
}

func (e *LostError) Unwrap() error { return e.Err }

func lossText(err error) string {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection without a goodbye"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, syscall.ETIMEDOUT):
		return fmt.Sprintf("no answer for %v", silentLoss)
	}
	return err.Error()
}

// PeerClosedError means that a rank has ended its part of the world cleanly
// while an operation with it was pending.
type PeerClosedError struct {
	Rank int
	Host string
	PID  int
}

func (e *PeerClosedError) Error() string {
	return transport.RankName(e.Rank, e.Host, e.PID) + " has closed its transport"
}

package transport

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed is the error of an operation pending when, or started after,
	// this rank closed its transport.
	ErrClosed = errors.New("transport is closed")
	// ErrTruncated is the error of a receive whose message is longer than the
	// buffer posted for it. The world stays whole: the message is dropped.
	ErrTruncated = errors.New("message is longer than the receive buffer")
	// ErrRank is the error of an operation whose peer is outside the world.
	ErrRank = errors.New("rank is outside the world")
)

// RankName names a rank with what is known of its process: host empty and pid 0 are
// not known.
//
//	rank 3 (host n4, pid 77)
func RankName(rank int, host string, pid int) string {
	switch {
	case host != "" && pid != 0:
		return fmt.Sprintf("rank %d (host %s, pid %d)", rank, host, pid)
	case host != "":
		return fmt.Sprintf("rank %d (host %s)", rank, host)
	case pid != 0:
		return fmt.Sprintf("rank %d (pid %d)", rank, pid)
	}
	return fmt.Sprintf("rank %d", rank)
}

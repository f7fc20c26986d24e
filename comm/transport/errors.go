package transport

import "errors"

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

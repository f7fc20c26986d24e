//go:build !linux

package tcp

import (
	"syscall"
	"time"
)

// setUserTimeout does nothing: only Linux has the option; keepalive remains.
func setUserTimeout(syscall.RawConn, time.Duration) error { return nil }

// allAcknowledged is not known.
func allAcknowledged(syscall.RawConn) (bool, error) { return false, nil }

// tuneWithin does nothing: the kernel's choices remain.
func tuneWithin(syscall.RawConn) {}

//go:build !linux

package tcp

import (
	"net"
	"time"
)

// setUserTimeout does nothing: only Linux has the option; keepalive remains.
func setUserTimeout(*net.TCPConn, time.Duration) error { return nil }

// allAcknowledged is not known.
func allAcknowledged(*net.TCPConn) (bool, error) { return false, nil }

//go:build !linux

package tcp

import "net"

// setUserTimeout does nothing: only Linux has the option; keepalive remains.
func setUserTimeout(*net.TCPConn) error { return nil }

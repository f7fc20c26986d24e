//go:build !linux

package tcp

import "net"

// newApart leaves the connection to Go's netpoller: only Linux has epoll sets.
func newApart(c *net.TCPConn) (wire, error) { return newPolled(c) }

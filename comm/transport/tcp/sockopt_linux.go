package tcp

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// setUserTimeout bounds how long sent bytes may stay unacknowledged before the
// connection is given up. Keepalive alone does not cover a link that dies with
// data in flight. Zero is the system's own bound, about 15 minutes.
func setUserTimeout(c syscall.RawConn, bound time.Duration) error {
	var opt error
	err := c.Control(func(fd uintptr) {
		opt = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(bound.Milliseconds()))
	})
	if err == nil {
		err = opt
	}
	if err != nil {
		return fmt.Errorf("TCP_USER_TIMEOUT: %w", err)
	}
	return nil
}

// allAcknowledged reports whether the other side's kernel has acknowledged all
// that it was sent: if there is more to send, it has no room for it.
func allAcknowledged(c syscall.RawConn) (bool, error) {
	var info *unix.TCPInfo
	var opt error
	err := c.Control(func(fd uintptr) {
		info, opt = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	})
	if err == nil {
		err = opt
	}
	if err != nil {
		return false, fmt.Errorf("TCP_INFO: %w", err)
	}
	return info.Unacked == 0, nil
}

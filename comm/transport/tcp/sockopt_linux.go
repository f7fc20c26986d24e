package tcp

import (
	"cmp"
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

// unpaced are congestion controls that never delay a segment on purpose, the better
// one first. BBR, the default of some machines, does, as long as 50 us in 1 MiB. Who
// lacks CAP_NET_ADMIN may choose reno everywhere, and cubic where the system allows it.
var unpaced = []string{"cubic", "reno"}

// tuneWithin prepares a connection within one machine, where there is no network to
// spare. A kernel that refuses keeps its own choice, which costs time only.
func tuneWithin(c syscall.RawConn) {
	for _, control := range unpaced {
		if setControl(c, control) == nil {
			return
		}
	}
}

// setControl sets the congestion control of c.
func setControl(c syscall.RawConn, name string) (err error) {
	refused := c.Control(func(fd uintptr) {
		err = unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, name)
	})
	return cmp.Or(refused, err)
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

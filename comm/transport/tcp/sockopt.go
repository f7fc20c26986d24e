package tcp

import (
	"net"
	"time"
)

// silentLoss is how long a peer that went without a word (power, cable, kernel)
// may stay undiscovered.
const silentLoss = 30 * time.Second

// prepare sets the options of every connection: no delay for small messages,
// and both ways of noticing a silent loss. The sockets are close-on-exec, as
// all of Go's are.
func prepare(c *net.TCPConn) error {
	if err := c.SetNoDelay(true); err != nil {
		return err
	}
	err := c.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable:   true,
		Idle:     silentLoss / 3,
		Interval: silentLoss / 6,
		Count:    4,
	})
	if err != nil {
		return err
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	if withinMachine(c) {
		tuneWithin(raw)
	}
	return setUserTimeout(raw, silentLoss)
}

// withinMachine reports whether both ends of c have the same address, and so no
// network between them.
func withinMachine(c *net.TCPConn) bool {
	here, ok := c.LocalAddr().(*net.TCPAddr)
	there, also := c.RemoteAddr().(*net.TCPAddr)
	return ok && also && here.IP.Equal(there.IP)
}

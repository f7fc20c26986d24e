package tcp

import (
	"net"
	"syscall"
	"time"
)

// wire is an open connection as a link uses it. At most one goroutine at a time
// reads it, and one writes it; the rest may be called at any time.
type wire interface {
	// RawConn's Read and Write call f with the descriptor, a non-blocking socket,
	// again and again until it says true, and wait in between until there is
	// something to read, or room to write.
	syscall.RawConn
	// SetReadDeadline and SetWriteDeadline bound that waiting: it then ends with
	// os.ErrDeadlineExceeded.
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	CloseRead() error
	CloseWrite() error
	// Close also ends the waiting.
	Close() error
}

// polled is a connection that Go's netpoller waits for.
type polled struct {
	*net.TCPConn
	syscall.RawConn
}

func newPolled(c *net.TCPConn) (wire, error) {
	raw, err := c.SyscallConn()
	return polled{c, raw}, err
}

func (p polled) Read(f func(fd uintptr) bool) error  { return p.RawConn.Read(f) }
func (p polled) Write(f func(fd uintptr) bool) error { return p.RawConn.Write(f) }

// maxApart bounds the connections of a rank that take more than one descriptor each.
const maxApart = 128

// wire takes over the connection of a link. Where ranks do not spin, the netpoller
// disturbs nobody.
func (t *Transport) wire(c *net.TCPConn) (wire, error) {
	if t.opts.Waiting.Spin > 0 && t.apart.Add(1) <= maxApart {
		if w, err := newApart(c); err == nil {
			return w, nil
		}
	}
	return newPolled(c)
}

package tcp

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// quietConn reads and writes as the transport does (see quick): where ranks crowd, a
// monitor thread that each message of a start wakes in every rank is half of all
// changes of threads.
type quietConn struct {
	net.Conn
	raw syscall.RawConn
}

// Quiet is c for short messages: its reads and writes do not tell Go's scheduler. Close
// and deadlines are c's. A connection without a descriptor is returned as it is.
func Quiet(c net.Conn) net.Conn {
	s, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return c // closed, which the first read tells
	}
	return &quietConn{c, raw}
}

// Read implements net.Conn.
func (q *quietConn) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	waited := q.raw.Read(func(fd uintptr) bool {
		n, err = again(read, int(fd), p)
		return err != unix.EAGAIN
	})
	switch {
	case waited != nil || err != nil:
		return 0, q.failed("read", waited, err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write implements net.Conn.
func (q *quietConn) Write(p []byte) (written int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	waited := q.raw.Write(func(fd uintptr) bool {
		for written < len(p) && err == nil {
			var n int
			if n, err = again(write, int(fd), p[written:]); err == nil {
				written += n
			}
		}
		if err == unix.EAGAIN {
			err = nil
			return false
		}
		return true
	})
	if waited != nil || err != nil {
		return written, q.failed("write", waited, err)
	}
	return written, nil
}

// CloseWrite tells the peer that nothing more comes, where c can.
func (q *quietConn) CloseWrite() error {
	if c, ok := q.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// again calls once more what a signal has interrupted.
func again(call func(int, []byte) (int, error), fd int, p []byte) (int, error) {
	for {
		if n, err := call(fd, p); err != unix.EINTR {
			return n, err
		}
	}
}

// failed is the error of package net: of waiting, else of the call itself.
func (q *quietConn) failed(op string, waited, err error) error {
	var of *net.OpError
	switch {
	case waited == nil:
		err = os.NewSyscallError(op, err)
	case errors.As(waited, &of):
		err = of.Err
	default:
		err = waited
	}
	return &net.OpError{Op: op, Net: q.LocalAddr().Network(), Source: q.LocalAddr(), Addr: q.RemoteAddr(), Err: err}
}

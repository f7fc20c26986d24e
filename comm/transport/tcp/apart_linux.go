package tcp

import (
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// apart is a connection that Go's netpoller does not know, for ranks that spin: what
// comes on one that it knows wakes an idle thread of the process, several times in
// a long message, on a CPU that is busy copying. Who has to sleep does so by an
// epoll set (side) that the netpoller knows and that holds the socket only meanwhile.
type apart struct {
	reading *side

	mu      sync.Mutex
	fd      int
	users   int   // of fd; the last one closes it after Close
	writing *side // nil until somebody has to wait for room
	closed  bool
}

// newApart takes c over. If it cannot, c is as it was.
func newApart(c *net.TCPConn) (wire, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	reading, err := newSide(unix.EPOLLIN | unix.EPOLLRDHUP)
	if err != nil {
		return nil, err
	}
	var fd int
	var failed error
	err = raw.Control(func(known uintptr) { fd, failed = unix.FcntlInt(known, unix.F_DUPFD_CLOEXEC, 0) })
	if err == nil {
		err = os.NewSyscallError("fcntl", failed)
	}
	if err != nil {
		reading.set.Close()
		return nil, err
	}
	c.Close() // its descriptor only: the netpoller forgets it
	return &apart{fd: fd, reading: reading}, nil
}

// Read implements wire.
func (w *apart) Read(f func(fd uintptr) bool) error {
	return w.until(f, func() (*side, error) { return w.reading, nil })
}

// Write implements wire.
func (w *apart) Write(f func(fd uintptr) bool) error { return w.until(f, w.writingSide) }

// until calls f until it says true, and sleeps at a side in between.
func (w *apart) until(f func(fd uintptr) bool, at func() (*side, error)) error {
	fd, err := w.begin()
	if err != nil {
		return err
	}
	defer w.end()
	for !f(uintptr(fd)) {
		s, err := at()
		if err == nil {
			err = s.sleep(fd)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Control implements wire.
func (w *apart) Control(f func(fd uintptr)) error {
	fd, err := w.begin()
	if err != nil {
		return err
	}
	defer w.end()
	f(uintptr(fd))
	return nil
}

// SetReadDeadline implements wire.
func (w *apart) SetReadDeadline(at time.Time) error { return w.reading.set.SetReadDeadline(at) }

// SetWriteDeadline implements wire.
func (w *apart) SetWriteDeadline(at time.Time) error {
	s, err := w.writingSide()
	if err != nil {
		return err
	}
	return s.set.SetReadDeadline(at) // who waits for room reads the set
}

// CloseRead implements wire.
func (w *apart) CloseRead() error { return w.shutdown(unix.SHUT_RD) }

// CloseWrite implements wire.
func (w *apart) CloseWrite() error { return w.shutdown(unix.SHUT_WR) }

func (w *apart) shutdown(how int) error {
	fd, err := w.begin()
	if err != nil {
		return err
	}
	defer w.end()
	return os.NewSyscallError("shutdown", unix.Shutdown(fd, how))
}

// Close implements wire.
func (w *apart) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return net.ErrClosed
	}
	w.closed = true
	writing := w.writing
	if w.users == 0 {
		unix.Close(w.fd)
	}
	w.mu.Unlock()
	// This wakes who sleeps there, who still uses the socket.
	w.reading.set.Close()
	if writing != nil {
		writing.set.Close()
	}
	return nil
}

// begin has the descriptor stay open until end.
func (w *apart) begin() (fd int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, net.ErrClosed
	}
	w.users++
	return w.fd, nil
}

func (w *apart) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users--
	if w.closed && w.users == 0 {
		unix.Close(w.fd)
	}
}

func (w *apart) writingSide() (*side, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, net.ErrClosed
	}
	if w.writing == nil {
		s, err := newSide(unix.EPOLLOUT)
		if err != nil {
			return nil, err
		}
		w.writing = s
	}
	return w.writing, nil
}

package tcp

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// side is where one goroutine at a time sleeps until something happens to a socket.
type side struct {
	events uint32
	set    *os.File // an epoll set, in Go's netpoller
	raw    syscall.RawConn

	// Of the sleep under way.
	fd    int
	inSet bool
	err   error
}

func newSide(events uint32) (*side, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// So that os.NewFile puts it into the netpoller.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	s := &side{events: events, set: os.NewFile(uintptr(fd), "epoll")}
	s.raw, err = s.set.SyscallConn()
	return s, err
}

// sleep waits for the events on fd, the set's deadline or its end. It may also
// return early.
func (s *side) sleep(fd int) error {
	s.fd, s.inSet, s.err = fd, false, nil
	err := s.raw.Read(s.enter)
	if s.inSet {
		// A set that is being closed forgets it by itself.
		_ = s.raw.Control(s.leave)
	}
	switch {
	case s.err != nil:
		return os.NewSyscallError("epoll_ctl", s.err)
	case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
		return net.ErrClosed
	}
	return err
}

// enter is asked first, then each time that something has happened. A set that
// takes in a socket that is ready says so.
func (s *side) enter(set uintptr) bool {
	if s.inSet {
		return true
	}
	s.err = unix.EpollCtl(int(set), unix.EPOLL_CTL_ADD, s.fd, &unix.EpollEvent{Events: s.events})
	s.inSet = s.err == nil
	return !s.inSet
}

func (s *side) leave(set uintptr) {
	_ = unix.EpollCtl(int(set), unix.EPOLL_CTL_DEL, s.fd, nil) // it is there
}

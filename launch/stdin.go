package launch

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// backgroundPause is how often a launcher in the background of its terminal
// looks whether it has come to the foreground.
const backgroundPause = 200 * time.Millisecond

// stdinForwarder hands the launcher's standard input to rank 0, within the
// credit that rank 0's agent gives.
type stdinForwarder struct {
	r    io.Reader
	file *os.File // r, if it is one
	link *agentLink

	mu      sync.Mutex
	cond    *sync.Cond
	credit  int
	stopped bool

	wakeR, wakeW *os.File // closed wakeW ends a poll
	done         chan struct{}
}

func forwardStdin(r io.Reader, link *agentLink) (*stdinForwarder, error) {
	f := &stdinForwarder{r: r, link: link, credit: window, done: make(chan struct{})}
	f.cond = sync.NewCond(&f.mu)
	f.file, _ = r.(*os.File)
	var err error
	if f.wakeR, f.wakeW, err = os.Pipe(); err != nil {
		return nil, err
	}
	go f.run()
	return f, nil
}

// give adds credit.
func (f *stdinForwarder) give(n int) {
	f.mu.Lock()
	f.credit += n
	f.mu.Unlock()
	f.cond.Signal()
}

// stop has the forwarder end. A Read of something that is no file cannot be
// ended, and is not waited for.
func (f *stdinForwarder) stop() {
	f.mu.Lock()
	first := !f.stopped
	f.stopped = true
	f.mu.Unlock()
	f.cond.Signal()
	if first {
		f.wakeW.Close()
	}
}

// wait waits for the forwarder's end, after stop.
func (f *stdinForwarder) wait() {
	if f.file != nil {
		<-f.done
		f.wakeR.Close()
	}
}

func (f *stdinForwarder) run() {
	defer close(f.done)
	buf := make([]byte, chunk)
	for {
		n := f.acquire()
		if n == 0 || !f.readable() {
			return
		}
		m, err := f.r.Read(buf[:min(n, chunk)])
		if m > 0 {
			f.link.send(kStdin, buf[:m])
			f.give(-m)
		}
		if err != nil {
			f.link.send(kStdinEnd)
			return
		}
	}
}

// acquire waits for credit; 0 says that the forwarder is to stop.
func (f *stdinForwarder) acquire() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.credit == 0 && !f.stopped {
		f.cond.Wait()
	}
	if f.stopped {
		return 0
	}
	return f.credit
}

// readable waits until a Read returns at once; false says that the forwarder is
// to stop.
func (f *stdinForwarder) readable() bool {
	if f.file == nil {
		return true
	}
	for {
		fd, ok := rawFD(f.file)
		wake, ok2 := rawFD(f.wakeR)
		if !ok || !ok2 {
			return true // closed by its owner: Read tells
		}
		fds := []unix.PollFd{{Fd: int32(wake)}, {Fd: int32(fd), Events: unix.POLLIN}}
		timeout := -1
		if inBackground(fd) {
			// Reading would stop this process (SIGTTIN).
			fds, timeout = fds[:1], int(backgroundPause.Milliseconds())
		}
		_, err := unix.Poll(fds, timeout)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return true
		case fds[0].Revents != 0:
			return false
		case len(fds) == 2 && fds[1].Revents != 0:
			return !inBackground(fd) || f.readable()
		}
	}
}

func rawFD(f *os.File) (fd int, ok bool) {
	c, err := f.SyscallConn()
	if err != nil {
		return -1, false
	}
	err = c.Control(func(x uintptr) { fd = int(x) })
	return fd, err == nil
}

// inBackground says whether fd is a terminal that another process group has.
func inBackground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group != unix.Getpgrp()
}

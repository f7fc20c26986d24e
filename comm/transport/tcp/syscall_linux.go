//go:build linux && !race

package tcp

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// quick bounds, in bytes, the system calls that are made without telling Go's
// scheduler. They cannot block and last for a copy of that many bytes, a few hundred
// microseconds; telling it has it take this goroutine's place away whenever the
// machine is busy or the call lasts 20 us, and wakes its monitor thread, which then
// looks every 20 us whether the call has ended.
const quick = 2 << 20

// read is read(2) of a non-blocking socket.
func read(fd int, p []byte) (int, error) {
	if len(p) == 0 || len(p) > quick {
		return unix.Read(fd, p)
	}
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// write is write(2) to a non-blocking socket.
func write(fd int, p []byte) (int, error) {
	if len(p) == 0 || len(p) > quick {
		return unix.Write(fd, p)
	}
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// writev is writev(2) to a non-blocking socket. No part is empty.
func writev(fd int, parts [][]byte) (int, error) {
	const most = 8 // parts: a header and a payload each
	bytes := 0
	for _, p := range parts {
		bytes += len(p)
	}
	if len(parts) > most || bytes > quick {
		return unix.Writev(fd, parts)
	}
	var vec [most]unix.Iovec
	for i, p := range parts {
		vec[i].Base = &p[0]
		vec[i].SetLen(len(p))
	}
	n, _, errno := unix.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&vec)), uintptr(len(parts)))
	runtime.KeepAlive(&vec)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// yield lets another thread have this one's CPU, if one waits for it.
func yield() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

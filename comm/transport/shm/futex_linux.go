package shm

import (
	"math"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"numcomp/comm/transport"
)

// nap is how long a rank sleeps at a word at most.
type nap time.Duration

// The operations of futex(2) on memory that processes share.
const (
	futexWait = 0
	futexWake = 1
)

// at sleeps until somebody wakes w's sleepers, unless its value is no longer seen. A
// signal ends the sleep too. While a brief one lasts, the scheduler does not know:
// telling it wakes the run-time's monitor thread. Other goroutines may need the place
// of one that sleeps longer.
func (n nap) at(w *transport.Word, seen uint32, brief bool) {
	until := unix.NsecToTimespec(int64(n))
	addr, limit := uintptr(unsafe.Pointer(&w.Value)), uintptr(unsafe.Pointer(&until))
	if brief {
		_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, addr, futexWait, uintptr(seen), limit, 0, 0)
		return
	}
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, addr, futexWait, uintptr(seen), limit, 0, 0)
}

// wakeWord wakes all who sleep at w.
func wakeWord(w *transport.Word) {
	_, _, _ = unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&w.Value)), futexWake, math.MaxInt32, 0, 0, 0)
}

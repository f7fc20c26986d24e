package shm

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// newMemory makes n bytes of memory that others can open through the descriptor,
// and maps it. Nobody can change its length.
func newMemory(name string, n int) (fd int, mem []byte, err error) {
	fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return -1, nil, fmt.Errorf("memfd_create: %w", err)
	}
	err = unix.Ftruncate(fd, int64(n))
	if err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	}
	if err == nil {
		mem, err = mapFile(fd, n, unix.PROT_READ|unix.PROT_WRITE)
	}
	if err != nil {
		unix.Close(fd)
		return -1, nil, fmt.Errorf("%d bytes of shared memory: %w", n, err)
	}
	return fd, mem, nil
}

// mapMemory maps the n bytes of memory that process pid holds as descriptor fd.
func mapMemory(pid, fd, n int, writable bool) ([]byte, error) {
	flags, prot := unix.O_RDONLY, unix.PROT_READ
	if writable {
		flags, prot = unix.O_RDWR, unix.PROT_READ|unix.PROT_WRITE
	}
	own, err := openOf(pid, fd, flags)
	if err != nil {
		return nil, err
	}
	defer unix.Close(own)
	var st unix.Stat_t
	if err := unix.Fstat(own, &st); err != nil {
		return nil, err
	}
	if st.Size != int64(n) {
		return nil, fmt.Errorf("descriptor %d of process %d is something else: %d bytes, not %d", fd, pid, st.Size, n)
	}
	return mapFile(own, n, prot)
}

// openOf opens what process pid holds as descriptor fd.
func openOf(pid, fd, flags int) (int, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(fd)
	own, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return own, nil
}

func closeFD(fd int) { unix.Close(fd) }

// space is equal for processes that can name each other's descriptors: those of
// one user in one process namespace of one machine.
func space() (uint64, error) {
	boot, err := readSmall("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return 0, err
	}
	pids, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return 0, err
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s %d", boot, pids, unix.Getuid())
	return h.Sum64(), nil
}

// readSmall reads a file of the kernel's. Package os would hand it to the poller, whose
// thread it wakes: nine system calls in place of three, for every rank of a node.
func readSmall(path string) ([]byte, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	text := make([]byte, 128)
	n, err := unix.Read(fd, text)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	}
	return text[:n], nil
}

// doorbell is a pipe. Its owner reads from it to sleep.
type doorbell struct {
	file *os.File
	conn interface {
		Read(func(uintptr) bool) error
	}
	wakeFD int
}

func newDoorbell() (*doorbell, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	d := &doorbell{file: os.NewFile(uintptr(fds[0]), "doorbell"), wakeFD: fds[1]}
	var err error
	if d.conn, err = d.file.SyscallConn(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// sleep returns once the bell has been rung since the last time, or after atMost
// unless that is 0.
func (d *doorbell) sleep(atMost time.Duration) {
	var rung [64]byte
	if atMost > 0 {
		_ = d.file.SetReadDeadline(time.Now().Add(atMost))
		defer d.file.SetReadDeadline(time.Time{})
	}
	// Its error is that of a closed file: whoever sleeps then looks around anyway.
	_ = d.conn.Read(func(fd uintptr) bool {
		// It cannot block, so the scheduler need not know: telling it wakes the
		// run-time's monitor thread.
		_, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&rung[0])), uintptr(len(rung)))
		return errno != unix.EAGAIN
	})
}

func (d *doorbell) close() {
	d.file.Close()
	unix.Close(d.wakeFD)
}

// openDoorbell opens another process's doorbell for ring.
func openDoorbell(pid, fd int) (int, error) {
	return openOf(pid, fd, unix.O_WRONLY|unix.O_NONBLOCK)
}

// ringBell wakes who sleeps at a doorbell. It tells whether anybody can: the
// owner's end is closed when its process has ended.
func ringBell(fd int) bool {
	one := [1]byte{1}
	_, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&one[0])), 1)
	return errno != unix.EPIPE // a full pipe wakes as well
}

// yield gives the CPU to another thread that wants it.
func yield() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

// errNoCross is that this process may not read another's memory.
var errNoCross = errors.New("reading another process's memory is not permitted")

// readMemory copies len(p) bytes at address addr of process pid into p.
func readMemory(pid int, addr uintptr, p []byte) error {
	return crossMemory("process_vm_readv", unix.ProcessVMReadv, pid, addr, p)
}

// writeMemory copies p to address addr of process pid.
func writeMemory(pid int, addr uintptr, p []byte) error {
	return crossMemory("process_vm_writev", unix.ProcessVMWritev, pid, addr, p)
}

func crossMemory(name string, call func(int, []unix.Iovec, []unix.RemoteIovec, uint) (int, error), pid int, addr uintptr, p []byte) error {
	for len(p) > 0 {
		local := []unix.Iovec{{Base: &p[0]}}
		local[0].SetLen(len(p))
		n, err := call(pid, local, []unix.RemoteIovec{{Base: addr, Len: len(p)}}, 0)
		switch {
		case err == unix.EPERM || err == unix.ENOSYS:
			return errNoCross
		case err == unix.ESRCH:
			return errDied
		case err != nil:
			return fmt.Errorf("%s of process %d: %w", name, pid, err)
		case n <= 0:
			return fmt.Errorf("%s of process %d copied nothing of %d bytes", name, pid, len(p))
		}
		p = p[n:]
		addr += uintptr(n)
	}
	return nil
}

// lives tells whether a process, of this user's, still runs.
func lives(pid int) bool { return unix.Kill(pid, 0) != unix.ESRCH }

// letOthersRead has ranks of this user read this process's memory where the
// system otherwise lets only ancestors do so (the Yama module's ptrace_scope 1).
func letOthersRead() {
	scope, err := readSmall("/proc/sys/kernel/yama/ptrace_scope")
	if err != nil || len(scope) == 0 || scope[0] != '1' {
		return
	}
	const setPtracer, any = 0x59616d61, ^uintptr(0)
	// Where it is refused, long messages go through the ring.
	_ = unix.Prctl(setPtracer, any, 0, 0, 0)
}

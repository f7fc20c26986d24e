package launch

import (
	"bytes"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An agent that is killed takes its ranks with it, but not what those have
// started. This process is then the next sub-reaper above, and ends them.

// becomeSubreaper makes orphans below this process its children, until the
// function that it returns is called.
func becomeSubreaper() (restore func()) {
	var before int32
	err := unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&before)), 0, 0, 0)
	if err != nil || before != 0 || unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != nil {
		return func() {}
	}
	return func() { unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }
}

// maxSweeps bounds the rounds: a process may fork while it is looked for.
const maxSweeps = 50

// sweep kills the processes of a job below this process, and waits for them. They
// are known by the process group of a rank, by the job in their environment, or
// by their parent. What remains cannot be killed.
func sweep(job string, ranks map[int]bool) (left []process) {
	self := os.Getpid()
	for range maxSweeps {
		below, err := descendants(self)
		if err != nil {
			return nil
		}
		ours := map[int]bool{}
		left = left[:0]
		for _, p := range below {
			if ranks[p.pid] || ranks[p.group] || ours[p.parent] || ofJob(p.pid, job) {
				ours[p.pid] = true
				left = append(left, p)
			}
		}
		if len(left) == 0 {
			return nil
		}
		for _, p := range left {
			end(p, p.parent == self)
		}
	}
	return left
}

// end kills a process and waits until it is gone, at most a second.
func end(p process, child bool) {
	fd, err := unix.PidfdOpen(p.pid, 0)
	if err != nil {
		return // gone
	}
	defer unix.Close(fd)
	unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); {
		if n, err := unix.Poll(fds, int(time.Until(deadline).Milliseconds())+1); n > 0 || err != unix.EINTR {
			break
		}
	}
	if child {
		unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
	}
}

// ofJob says whether a process has the job in its environment.
func ofJob(pid int, job string) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && bytes.Contains(append([]byte{0}, env...), []byte("\x00NUMCOMP_JOB="+job+"\x00"))
}

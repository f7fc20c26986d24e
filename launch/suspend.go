package launch

import (
	"time"

	"golang.org/x/sys/unix"
)

// flushTime is how long a launcher that is to be suspended waits until the other
// hosts are told.
const flushTime = time.Second

// suspend stops this process, as a terminal's ^Z does, until it is continued.
// Ranks go on until their output is not read any more. The other hosts are told
// not to take the silence for the launcher's end.
func (j *job) suspend() {
	j.ping(kPause)
	limit := time.Now().Add(flushTime)
	for _, l := range j.links {
		if l.remote() && l.direct() && l.via != nil {
			l.via.flush(limit)
		}
	}
	// Threads go on for a moment after this: no ping may follow until SIGCONT says
	// that it is over.
	j.suspended = true
	unix.Kill(unix.Getpid(), unix.SIGSTOP)
}

// resume takes note that this process was continued.
func (j *job) resume() {
	j.suspended = false
	j.ping(kPing)
}

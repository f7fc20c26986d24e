package launch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Agent runs the ranks of one node for the launcher at the other end of stdin
// and stdout. It returns the status that the process is to exit with, once every
// rank and all that ranks have left behind is gone. It makes this process a
// sub-reaper and waits for all of its children: it is meant to be all that the
// process does.
//
// env is this host's environment, of which ranks of a remote launcher get what
// belongs to the host.
//
// When stdin ends, the launcher is gone: ranks are told to end (SIGTERM) and
// then made to (SIGKILL). Ending ctx does the same.
func Agent(ctx context.Context, env []string, stdin io.Reader, stdout io.Writer) int {
	a, err := newAgent(env, stdin, stdout)
	if err != nil {
		// The launcher shows what an agent says before it is one.
		fmt.Fprintf(stdout, "agent: %v\n", err)
		return 1
	}
	defer a.close()
	stop := context.AfterFunc(ctx, func() { a.post(event{kind: evLauncherGone}) })
	defer stop()
	if err := a.run(); err != nil {
		a.send(kFailure, encode(failure{Rank: -1, Code: 1, Text: "agent: " + err.Error()}))
		return 1
	}
	// The launcher closes its end when it has read that the agent is done.
	a.reader.Wait()
	return 0
}

// agent is one loop over everything that can happen. All of its fields belong to
// the loop, except the queue of events, which other goroutines post to.
type agent struct {
	p       plan
	env     []string // of this host
	out     *frameWriter
	lost    bool // the launcher does not read: output is dropped
	epoll   int
	wake    int // an eventfd: the queue is not empty
	ranks   []agentRank
	pmi     *pmiServer
	barrier barrierWatch
	stdin   rankStdin
	buf     []byte // for reading output

	spawner *spawner
	oom     int // the kernel's kills so far
	oomTold bool

	grace     time.Duration // from SIGTERM to SIGKILL
	stopping  bool
	killAt    time.Time // when the next SIGKILL is due, once stopping
	hurry     bool      // output that is not read may be dropped
	kills     int       // how many rounds of SIGKILL there were
	childless bool      // no process is left below this one
	running   int       // ranks started and not gone
	noMore    bool      // every rank was started, or never will be

	mu     sync.Mutex
	queue  []event
	reader sync.WaitGroup
}

// agentRank is a rank of this node.
type agentRank struct {
	pid     int // 0: not started
	alive   bool
	streams [2]rankStream // standard output, standard error
	pmi     int           // our end of its socket; -1 once closed
}

// event is something that another goroutine has to tell the loop.
type event struct {
	kind  eventKind
	rank  int // index on the node
	frame kind
	body  []byte
	exits []reaped
	// childless is set when no process is left below this one.
	childless bool
	start     started
}

type eventKind int

const (
	evFrame        eventKind = iota // the launcher has sent a frame
	evLauncherGone                  // nothing more will come from the launcher
	evStarted                       // a rank was started, or could not be
	evNoMore                        // no further rank will be started
	evReaped                        // processes have ended
	evNotice                        // the user is to be told something
)

// What an epoll event is about; its number is the rank's index on the node.
const (
	onWake int32 = iota
	onStdout
	onStderr
	onPMI
	onStdin
)

func newAgent(env []string, stdin io.Reader, stdout io.Writer) (*agent, error) {
	if f, ok := stdout.(*os.File); ok {
		// A broken pipe at descriptor 1 would end this process by SIGPIPE, with
		// what ranks have left behind still there.
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, fmt.Errorf("dup: %w", err)
		}
		stdout = os.NewFile(uintptr(fd), "stdout")
	}
	a := &agent{env: env, out: &frameWriter{w: stdout}, epoll: -1, wake: -1, stdin: rankStdin{fd: -1}}
	if err := a.open(); err != nil {
		a.close()
		return nil, err
	}
	a.reader.Go(func() { a.read(newFrameReader(stdin)) })
	return a, nil
}

func (a *agent) open() (err error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("this system has no sub-reapers: %w", err)
	}
	keepFromRanks()
	if a.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	if a.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return fmt.Errorf("eventfd: %w", err)
	}
	return a.watch(a.wake, onWake, 0, unix.EPOLLIN)
}

// keepFromRanks has ranks not inherit what this process did: the descriptors of
// a shell, a make, another launcher. They would keep it open.
func keepFromRanks() {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, name := range names {
		if fd, err := strconv.Atoi(name.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}

// close gives back what is the loop's alone.
func (a *agent) close() {
	for i := range a.ranks {
		a.closePMI(i)
		for s := range a.ranks[i].streams {
			closeFD(&a.ranks[i].streams[s].fd)
		}
	}
	closeFD(&a.stdin.fd)
	closeFD(&a.epoll)
	closeFD(&a.wake)
	if f, ok := a.out.w.(*os.File); ok {
		f.Close()
	}
}

func closeFD(fd *int) {
	if *fd >= 0 {
		unix.Close(*fd)
		*fd = -1
	}
}

// read turns frames into events until the launcher is gone.
func (a *agent) read(r *frameReader) {
	for {
		k, body, err := r.next()
		if err != nil {
			a.post(event{kind: evLauncherGone})
			return
		}
		a.post(event{kind: evFrame, frame: k, body: bytes.Clone(body)})
	}
}

// post tells the loop something.
func (a *agent) post(e event) {
	a.mu.Lock()
	a.queue = append(a.queue, e)
	first := len(a.queue) == 1
	a.mu.Unlock()
	if first {
		one := [8]byte{0: 1}
		unix.Write(a.wake, one[:])
	}
}

func (a *agent) take() []event {
	var b [8]byte
	unix.Read(a.wake, b[:])
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.queue
	a.queue = nil
	return q
}

// watch adds a descriptor to what the loop waits for.
func (a *agent) watch(fd int, what int32, rank int, events uint32) error {
	err := unix.EpollCtl(a.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(rank), Pad: what})
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

func (a *agent) unwatch(fd int) { unix.EpollCtl(a.epoll, unix.EPOLL_CTL_DEL, fd, nil) }

// run is the loop. It ends when nothing is left to be done.
func (a *agent) run() error {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	a.oom, a.oomTold = oomCount("/")
	if _, err := io.WriteString(a.out.w, preamble); err != nil {
		a.lost = true
	}
	a.send(kHello, encode(hello{host, os.Getpid(), cpus()}))
	var events [64]unix.EpollEvent
	for !a.finished() {
		n, err := unix.EpollWait(a.epoll, events[:], a.untilDue())
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("epoll: %w", err)
		}
		for _, e := range events[:max(n, 0)] {
			switch e.Pad {
			case onWake:
				for _, ev := range a.take() {
					a.handle(ev)
				}
			case onStdout, onStderr:
				a.readStream(int(e.Fd), int(e.Pad-onStdout))
			case onPMI:
				a.readPMI(int(e.Fd))
			case onStdin:
				a.writeStdin()
			}
		}
		if a.stopping && !time.Now().Before(a.killAt) {
			a.kill()
		}
		a.tellLate()
	}
	if a.spawner != nil {
		a.spawner.release(a.childless)
	}
	a.send(kDone)
	return nil
}

// cpus is how many CPUs this process may use: its affinity, and its cgroup's
// quota, which the run-time has looked up.
func cpus() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }

// send sends a frame, unless the launcher is gone.
func (a *agent) send(k kind, parts ...[]byte) {
	if a.lost {
		return
	}
	if err := a.out.write(k, parts...); err != nil {
		a.launcherGone()
	}
}

func (a *agent) handle(e event) {
	switch e.kind {
	case evLauncherGone:
		a.launcherGone()
	case evFrame:
		if err := a.command(e.frame, e.body); err != nil {
			a.send(kFailure, encode(failure{Rank: -1, Code: 1, Text: "agent: " + err.Error()}))
			a.terminate(unix.SIGTERM)
		}
	case evStarted:
		a.started(e.rank, e.start)
	case evNotice:
		a.send(kNotice, e.body)
	case evNoMore:
		a.noMore = true
		a.leftovers()
	case evReaped:
		for _, x := range e.exits {
			a.exited(x)
		}
		if e.childless {
			a.childless = true
			a.drain()
			a.tellFullDisk()
		}
		a.leftovers()
	}
}

// command does what the launcher says.
func (a *agent) command(k kind, body []byte) error {
	switch k {
	case kPlan:
		return a.begin(body)
	case kStdin:
		a.stdin.pending = append(a.stdin.pending, body...)
		a.writeStdin()
	case kStdinEnd:
		a.stdin.end = true
		a.writeStdin()
	case kOutputCredit:
		rank, stream, rest, err := parseStream(body)
		if err != nil {
			return err
		}
		n, err := parse32(rest, 1)
		if err != nil {
			return err
		}
		a.credit(rank, stream, int(n[0]))
	case kFenceDone:
		var puts []pair
		if err := json.Unmarshal(body, &puts); err != nil {
			return err
		}
		return a.releaseBarrier(puts)
	case kTerminate, kSignal:
		sig, err := parse32(body, 1)
		if err != nil {
			return err
		}
		if k == kTerminate {
			a.terminate(unix.Signal(sig[0]))
		} else {
			a.signal(unix.Signal(sig[0]), false)
		}
	case kKill:
		a.killNow()
	default:
		return fmt.Errorf("the launcher sent a frame of the unknown kind %q", byte(k))
	}
	return nil
}

// begin starts the ranks of the plan. A plan without ranks is a node that is not needed.
func (a *agent) begin(body []byte) error {
	if a.spawner != nil {
		return errors.New("the launcher sent a second plan")
	}
	if err := json.Unmarshal(body, &a.p); err != nil {
		return fmt.Errorf("the plan cannot be read: %w", err)
	}
	a.grace = time.Duration(a.p.GraceNanos)
	if err := a.adapt(); err != nil {
		return err
	}
	if len(a.p.Ranks) == 0 {
		a.noMore, a.childless = true, true
		return nil
	}
	a.ranks = make([]agentRank, len(a.p.Ranks))
	for i := range a.ranks {
		a.ranks[i].pmi = -1
		for s := range a.ranks[i].streams {
			a.ranks[i].streams[s] = rankStream{fd: -1, ended: true}
		}
	}
	a.pmi = newPMIServer(&a.p)
	a.buf = make([]byte, chunk)
	a.spawner = newSpawner(&a.p, a.post)
	if a.stopping {
		a.spawner.stop()
	}
	return nil
}

// adapt makes of the plan what it means on this host.
func (a *agent) adapt() error {
	if a.p.Own && len(a.p.Argv) > 0 {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("this program's own file: %w", err)
		}
		a.p.Argv[0] = self
	}
	if !a.p.Remote {
		return nil
	}
	a.p.Env = hostEnv(a.p.Env, a.env, a.p.Exports)
	if _, err := os.Stat(a.p.Wdir); err != nil && a.p.AnyWdir {
		if home, ok := lookup(a.env, "HOME"); ok {
			a.send(kNotice, fmt.Appendf(nil, "no folder %s here: its ranks run in %s", a.p.Wdir, home))
			a.p.Wdir = home
		}
	}
	return nil
}

// finished says whether the agent may go: every process is gone, and all that
// they wrote was sent. Processes that even SIGKILL does not end are given up.
func (a *agent) finished() bool {
	if a.lost && a.spawner == nil {
		return true
	}
	if !a.noMore || !a.childless && a.kills < maxKills {
		return false
	}
	for i := range a.ranks {
		for _, s := range a.ranks[i].streams {
			if !s.ended && !a.lost && !a.hurry {
				return false
			}
		}
	}
	return true
}

func (a *agent) launcherGone() {
	if a.lost {
		return
	}
	a.lost = true
	// Nobody waits for a long good-bye.
	a.grace = min(a.grace, time.Second)
	a.terminate(unix.SIGTERM)
	if last := time.Now().Add(a.grace); a.killAt.After(last) {
		a.killAt = last
	}
	for i := range a.ranks {
		for s := range a.ranks[i].streams {
			a.credit(a.p.Ranks[i], s+1, window)
		}
	}
}

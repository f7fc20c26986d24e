package launch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"numcomp/internal/words"
)

// spawner starts the ranks of a node, all from one thread that lives as long as
// they do: Pdeathsig fires when the thread that forked ends, not the process.
// A second goroutine reaps. Both post events.
type spawner struct {
	p    *plan
	post func(event)
	env  *rankEnv
	// bound is the CPUs of each rank; nil: none is bound.
	bound [][]int

	stopped  chan struct{} // closed: start no more
	stopOnce sync.Once
	done     chan struct{} // closed: no more will be started
	released chan struct{}
	forked   chan struct{} // there may be a child to wait for

	mu      sync.Mutex
	indexOf map[int]int // pid to index on the node

	starter, reaper sync.WaitGroup
}

// started is a rank and our ends of its pipes; -1 where there is none.
type started struct {
	pid    int
	output [2]int
	pmi    int
	stdin  int
	err    error
	status int // of the job, with err
}

// reaped is a process that has ended; rank is its index on the node, -1 if it is
// a process that a rank has left behind.
type reaped struct {
	rank   int
	status syscall.WaitStatus
}

func newSpawner(p *plan, post func(event)) *spawner {
	s := &spawner{
		p: p, post: post,
		env:      newRankEnv(p, cpus()),
		stopped:  make(chan struct{}),
		done:     make(chan struct{}),
		released: make(chan struct{}),
		forked:   make(chan struct{}, 1),
		indexOf:  make(map[int]int, len(p.Ranks)),
	}
	s.starter.Go(s.start)
	s.reaper.Go(s.reap)
	return s
}

// stop has no further rank started.
func (s *spawner) stop() { s.stopOnce.Do(func() { close(s.stopped) }) }

// release ends the thread that the ranks hang on. The reaper has ended with the
// last child, unless there is one that SIGKILL does not end (childless is false).
func (s *spawner) release(childless bool) {
	close(s.released)
	s.starter.Wait()
	if childless {
		s.reaper.Wait()
	}
}

func (s *spawner) start() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	s.startAll()
	close(s.done)
	s.post(event{kind: evNoMore})
	<-s.released
}

func (s *spawner) startAll() {
	path, status, err := s.program()
	if err != nil {
		s.post(event{kind: evStarted, rank: -1, start: started{err: err, status: status}})
		return
	}
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		s.post(event{kind: evStarted, rank: -1, start: started{err: fmt.Errorf("/dev/null: %w", err), status: 1}})
		return
	}
	defer unix.Close(null)
	restore, err := s.bind()
	if err != nil {
		s.post(event{kind: evStarted, rank: -1, start: started{err: err, status: 1}})
		return
	}
	defer restore()
	for i := range s.p.Ranks {
		select {
		case <-s.stopped:
			return
		default:
		}
		// Held until the start is posted: the reaper finds every rank by its
		// pid, and posts its end only then.
		s.mu.Lock()
		x := s.one(i, path, null)
		s.post(event{kind: evStarted, rank: i, start: x})
		s.mu.Unlock()
		if x.err != nil {
			return
		}
		select {
		case s.forked <- struct{}{}:
		default:
		}
	}
}

// program finds what is to be run, before any rank is.
func (s *spawner) program() (path string, status int, err error) {
	info, err := os.Stat(s.p.Wdir)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return "", 1, fmt.Errorf("working directory: %w: make it there, or name one that every host has", err)
	}
	if s.p.OutputDir != "" {
		if err := os.MkdirAll(s.p.OutputDir, 0o777); err != nil {
			return "", 1, fmt.Errorf("output directory: %w", err)
		}
	}
	return lookPath(s.p.Argv[0], s.p.Wdir, s.p.Env)
}

// bind decides which CPUs each rank is bound to, and reports it. restore gives the
// thread back its own.
func (s *spawner) bind() (restore func(), err error) {
	restore = func() {}
	if s.p.Bind == BindNone && !s.p.Report {
		return restore, nil
	}
	own, err := ownCPUs(cpuSysfs)
	if err != nil {
		return restore, err
	}
	all := make([]int, len(own))
	for i, c := range own {
		all[i] = c.id
	}
	s.bound = s.p.Bind.share(own, len(s.p.Ranks))
	if s.p.Report {
		for i, r := range s.p.Ranks {
			text := fmt.Sprintf("rank %d is not bound: CPUs %s", r, words.Spans(all))
			if s.bound != nil {
				text = fmt.Sprintf("rank %d is bound to CPUs %s", r, words.Spans(s.bound[i]))
			}
			s.post(event{kind: evNotice, body: []byte(text)})
		}
	}
	if s.bound == nil {
		return restore, nil
	}
	return func() { bindThread(all) }, nil
}

// one starts the rank with index i on the node.
func (s *spawner) one(i int, path string, null int) started {
	var theirs []int
	x := started{output: [2]int{-1, -1}, pmi: -1, stdin: -1}
	fail := func(status int, err error) started {
		for _, fd := range []*int{&x.output[0], &x.output[1], &x.pmi, &x.stdin} {
			closeFD(fd)
		}
		return started{err: err, status: status}
	}
	defer func() {
		for _, fd := range theirs {
			unix.Close(fd)
		}
	}()
	in := null
	if s.p.Stdin && s.p.Ranks[i] == 0 {
		r, w, err := pipe(false)
		if err != nil {
			return fail(1, err)
		}
		in, x.stdin, theirs = r, w, append(theirs, r)
	}
	var out [2]int
	for n := range out {
		var err error
		if s.p.OutputDir != "" {
			out[n], err = s.outputFile(i, n)
		} else {
			x.output[n], out[n], err = pipe(true)
		}
		if err != nil {
			return fail(1, err)
		}
		theirs = append(theirs, out[n])
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail(1, few("socket pair", err))
	}
	x.pmi, theirs = pair[0], append(theirs, pair[1])
	if err := unix.SetNonblock(x.pmi, true); err != nil {
		return fail(1, err)
	}

	gomaxprocs := 0
	if s.bound != nil {
		if err := bindThread(s.bound[i]); err != nil {
			return fail(1, err)
		}
		gomaxprocs = len(s.bound[i]) + 1
	}
	x.pid, err = syscall.ForkExec(path, s.p.Argv, &syscall.ProcAttr{
		Dir:   s.p.Wdir,
		Env:   s.env.of(i, gomaxprocs),
		Files: []uintptr{uintptr(in), uintptr(out[0]), uintptr(out[1]), pmiFDNumber: uintptr(pair[1])},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return fail(statusNotExecutable, why(path, err))
	}
	s.indexOf[x.pid] = i
	return x
}

// pipe makes a pipe. The end that we keep does not block: the reading one if
// read is set.
func pipe(read bool) (r, w int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, -1, few("pipe", err)
	}
	r, w = p[0], p[1]
	keep := w
	if read {
		keep = r
	}
	if err := unix.SetNonblock(keep, true); err != nil {
		unix.Close(r)
		unix.Close(w)
		return -1, -1, err
	}
	return r, w, nil
}

func (s *spawner) outputFile(i, n int) (int, error) {
	name := filepath.Join(s.p.OutputDir, "rank."+strconv.Itoa(s.p.Ranks[i])+[]string{".out", ".err"}[n])
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_APPEND|unix.O_CLOEXEC, 0o666)
	if err != nil {
		return -1, fmt.Errorf("%s: %w", name, err)
	}
	return fd, nil
}

// few adds what to do about a limit that was met.
func few(what string, err error) error {
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		return fmt.Errorf("%s: %w: an agent needs 3 descriptors a rank; raise ulimit -n or start fewer ranks a node", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// why explains what the system says of a program that it does not start.
func why(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%s: %w: it is for another machine, or a script without a #! line", path, err)
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("%s: %w: its interpreter or loader is missing", path, err)
	case errors.Is(err, syscall.EAGAIN):
		return fmt.Errorf("%s: %w: too many processes (ulimit -u, or the cgroup's pids.max)", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// reap waits for every child, also those that ranks have left behind, and posts
// what has ended: together what ended together, failures by a signal first, since
// the ranks that then lose their connection to it end of themselves.
func (s *spawner) reap() {
	for {
		exits, childless := s.wait()
		last := childless && s.over()
		if len(exits) > 0 || last {
			s.post(event{kind: evReaped, exits: exits, childless: last})
		}
		if last {
			return
		}
		if childless {
			select {
			case <-s.forked:
			case <-s.done:
			}
		}
	}
}

// over says whether no child can have been forked since there was none.
func (s *spawner) over() bool {
	select {
	case <-s.done:
	default:
		return false
	}
	select {
	case <-s.forked:
		return false
	default:
		return true
	}
}

// wait blocks until a child ends and collects those that have ended with it.
// childless says that there is none at all.
func (s *spawner) wait() (exits []reaped, childless bool) {
	for flags := 0; ; flags = unix.WNOHANG {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, flags, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return signalsFirst(exits), true
		case pid == 0:
			return signalsFirst(exits), false
		}
		s.mu.Lock()
		i, ok := s.indexOf[pid]
		delete(s.indexOf, pid)
		s.mu.Unlock()
		if !ok {
			i = -1
		}
		exits = append(exits, reaped{i, status})
	}
}

// signalsFirst moves what was killed before what has exited, in order otherwise.
func signalsFirst(exits []reaped) []reaped {
	sorted := make([]reaped, 0, len(exits))
	for _, signaled := range []bool{true, false} {
		for _, x := range exits {
			if x.status.Signaled() == signaled {
				sorted = append(sorted, x)
			}
		}
	}
	return sorted
}

package launch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"numcomp/hostfile"
	"numcomp/internal/pmiwire"
)

// Run runs a job: it starts an agent on every host, places the ranks, has the
// agents start them, passes on input, output and signals, and returns when no
// process of the job is left. Status.Code is set also when err is not nil; err
// then says what happened: a *RankError, *EndedError, *AgentError, or why the
// job could not begin.
//
// The first rank that fails (a status other than 0, a signal) ends the job; a
// rank that ends with status 0 does not. Ending ctx does what a first signal does.
//
// While it runs, this process is a sub-reaper; there can be one Run at a time in
// a process.
func Run(ctx context.Context, spec Spec) (Status, error) {
	if err := spec.check(); err != nil {
		return Status{Code: 1}, err
	}
	hosts := spec.needed()
	if len(hosts) == 0 {
		hosts = []hostfile.Host{{Name: "localhost"}}
	}
	defer becomeSubreaper()()
	forker := newForker()
	defer forker.close()
	j := &job{
		spec:   &spec,
		hosts:  hosts,
		id:     newJobID(),
		began:  time.Now(),
		local:  WithoutPlace(spec.Env),
		events: make(chan linkEvent, 64),
		stop:   make(chan struct{}),
		out:    newPrinters(&spec),
		pids:   map[int]bool{},
		forker: forker,
	}
	if err := j.startAgents(ctx); err != nil {
		j.fail(err, 1)
	}
	j.loop(ctx)
	j.finish()
	return Status{Code: j.code, Started: j.started}, j.err
}

// job is a running job. Its fields belong to Run's goroutine.
type job struct {
	spec  *Spec
	hosts []hostfile.Host
	id    string
	began time.Time
	local []string // the environment of processes on this machine

	forker *forker
	tree   tree
	start  remoteStart
	image  image
	conns  []*conn
	links  []*agentLink // number 1 of the tree first
	events chan linkEvent
	stop   chan struct{} // closed: nobody reads events
	out    [2]*printer   // of standard output and standard error
	stdin  *stdinForwarder

	size    int
	placed  bool               // agents have their plans
	running map[int]*agentLink // ranks whose start was reported
	pids    map[int]bool       // of ranks on this machine
	started time.Duration
	lost    bool // an agent ended before it was done
	barrier barrierWatch

	err      error // the first that went wrong
	code     int
	stopping bool
	slowEnd  *waitClock // since stopping, once there were ranks
	killed   bool
	// suspended is set from SIGTSTP to SIGCONT.
	suspended bool
	guard     <-chan time.Time // when patience with agents ends
}

func newJobID() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return "nc-" + hex.EncodeToString(b)
}

// loop goes on until every agent is gone.
func (j *job) loop(ctx context.Context) {
	var timeout <-chan time.Time
	if j.spec.Timeout > 0 {
		t := time.NewTimer(j.spec.Timeout)
		defer t.Stop()
		timeout = t.C
	}
	start := newWaitClock(j.spec.StartTimeout)
	defer start.stop()
	ping := time.NewTicker(pingPause)
	defer ping.Stop()
	defer func() { j.slowEnd.stop() }()
	signals, ended := j.spec.Signals, ctx.Done()
	for slices.ContainsFunc(j.links, func(l *agentLink) bool { return !l.finished }) {
		select {
		case e := <-j.events:
			if err := j.handle(e); err != nil {
				j.fail(&AgentError{Host: e.link.name(), PID: e.link.hello.PID, Err: err}, 1)
				e.link.via.process.kill()
			}
			j.closeIdle()
		case s, ok := <-signals:
			if !ok {
				signals = nil
				continue
			}
			j.signal(s)
		case <-start.next():
			j.starting(start)
		case <-j.slowEnd.next():
			j.stillEnding()
		case <-ping.C:
			if !j.suspended {
				j.ping(kPing)
			}
			j.tellLate()
		case <-timeout:
			j.fail(&EndedError{Timeout: j.spec.Timeout}, StatusTimeout)
			j.patience()
		case <-ended:
			ended = nil
			j.fail(&EndedError{Cause: context.Cause(ctx)}, 1)
			j.patience()
		case err := <-j.out[0].failed:
			j.fail(fmt.Errorf("launch: output cannot be written: %w", err), 1)
		case err := <-j.out[1].failed:
			j.fail(fmt.Errorf("launch: error output cannot be written: %w", err), 1)
		case <-j.guard:
			if !j.killed {
				j.killNow()
				continue
			}
			j.cutOff()
			j.guard = nil
		}
	}
}

// agentTime is how long an agent may take, beyond the grace, for what it is told.
const agentTime = 5 * time.Second

// patience bounds what is left of the job.
func (j *job) patience() { j.guard = time.After(j.spec.Grace + agentTime) }

// lostTime is how long a host may take to answer once the job has failed: the
// network to it may be what has. ssh takes 20 s to find out.
const lostTime = 30 * time.Second

// fail records what went wrong first, and ends the job.
func (j *job) fail(err error, code int) {
	if j.err != nil {
		return
	}
	j.err, j.code = err, code
	j.end()
}

func (j *job) end() {
	if j.stopping {
		return
	}
	j.stopping = true
	j.spec.Logf("launch: ending the job: %v", j.err)
	if j.tree.remote > 0 {
		j.guard = time.After(j.spec.Grace + lostTime)
	}
	if !j.placed {
		for _, c := range j.conns {
			c.abandon() // an agent sees end-of-file
		}
		return
	}
	j.slowEnd = newWaitClock(j.spec.Grace + lostTime + agentTime)
	j.broadcast(kTerminate, numbers32(uint32(unix.SIGTERM)))
}

func (j *job) killNow() {
	j.killed = true
	j.broadcast(kKill)
	j.guard = time.After(agentTime)
}

func (j *job) broadcast(k kind, parts ...[]byte) {
	for _, l := range j.links {
		l.send(k, parts...)
	}
}

func (j *job) signal(s os.Signal) {
	sig, ok := s.(syscall.Signal)
	if !ok {
		return
	}
	switch {
	case sig == unix.SIGTSTP:
		j.suspend()
	case !ends(sig):
		if sig == unix.SIGCONT {
			j.resume()
		}
		j.broadcast(kSignal, numbers32(uint32(sig)))
	case j.stopping:
		j.killNow()
	default:
		j.spec.Notice("%s: asking %d ranks to end, for %v; a second one kills them at once", unix.SignalName(sig), j.size, j.spec.Grace)
		j.fail(&EndedError{By: sig}, 128+int(sig))
	}
}

// ends says whether a signal to the launcher ends the job.
func ends(sig syscall.Signal) bool {
	switch sig {
	case unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT:
		return true
	}
	return false
}

// handle takes a frame of an agent. An error is an agent that does not make sense.
func (j *job) handle(e linkEvent) error {
	l := e.link
	switch e.kind {
	case kEnd:
		err := e.err
		if x := (*exec.ExitError)(nil); l.remote() && errors.As(err, &x) && x.ExitCode() < 0 {
			err = fmt.Errorf("%s, process %d of this host, which led to it: %w", j.start.Starter, l.via.process.pid, err)
		}
		j.ended(l, err, l.via.process.said())
		j.endedBelow(l.id)
	case kGone:
		var g gone
		if err := json.Unmarshal(e.body, &g); err != nil {
			return err
		}
		return j.gone(l, g)
	case kHello:
		if err := json.Unmarshal(e.body, &l.hello); err != nil {
			return err
		}
		j.greeted(l)
		if !j.stopping && !slices.ContainsFunc(j.links, func(l *agentLink) bool { return !l.greeted }) {
			if err := j.place(); err != nil {
				j.fail(err, 1)
			}
		}
	case kStarted:
		v, err := parse32(e.body, 2)
		if err != nil {
			return err
		}
		j.rankStarted(l, int(v[0]), int(v[1]))
	case kExit:
		var x exit
		if err := json.Unmarshal(e.body, &x); err != nil {
			return err
		}
		j.rankExited(l, x)
	case kFailure:
		var f failure
		if err := json.Unmarshal(e.body, &f); err != nil {
			return err
		}
		j.rankFailed(l, f)
	case kFence:
		if err := json.Unmarshal(e.body, &l.puts); err != nil {
			return err
		}
		l.inFence = true
		j.fence()
		j.watchFence()
	case kStdinCredit:
		v, err := parse32(e.body, 1)
		if err != nil {
			return err
		}
		if j.stdin != nil {
			j.stdin.give(int(v[0]))
		}
	case kStdinClosed:
		if j.stdin != nil {
			j.stdin.stop()
		}
	case kNotice:
		j.spec.Notice("host %s: %s", l.name(), e.body)
	case kDone:
		l.done = true
		l.finished = l.finished || !l.direct()
	default:
		return fmt.Errorf("it sent a frame of the unknown kind %q", byte(e.kind))
	}
	return nil
}

// name is what the user calls the host, and this machine itself.
func (l *agentLink) name() string {
	if l.greeted && !l.remote() {
		return l.hello.Host
	}
	return l.host.Name
}

// ended takes note that an agent is gone.
func (j *job) ended(l *agentLink, err error, said string) {
	if l.finished {
		return
	}
	l.finished = true
	if l.done && err == nil || len(l.ranks) == 0 && j.stopping {
		return
	}
	j.lost = true
	if err == nil {
		err = errors.New("it ended before its ranks did")
	}
	j.fail(&AgentError{Host: l.name(), PID: l.hello.PID, Err: err, Said: said, Advice: j.advice(l, err, said)}, 1)
}

// place deals the ranks to the hosts and tells the agents.
func (j *job) place() error {
	byHost := map[string]*agentLink{}
	for _, l := range j.links {
		byHost[l.host.Name] = l
	}
	hosts := slices.Clone(j.hosts)
	for i := range hosts {
		if hosts[i].Slots == 0 {
			hosts[i].Slots = byHost[hosts[i].Name].hello.CPUs
		}
	}
	assigned, err := Assign(hosts, j.spec.N, j.spec.PerNode, j.spec.MapBy)
	if err != nil {
		return err
	}
	if err := j.spec.checkSlots(assigned); err != nil {
		return err
	}
	var nodeOf []int
	for node, a := range assigned {
		j.size += len(a.Ranks)
		for _, r := range a.Ranks {
			nodeOf = append(nodeOf, make([]int, max(0, r+1-len(nodeOf)))...)
			nodeOf[r] = node
		}
	}
	if err := j.spec.Show.beyond(j.size); err != nil {
		return err
	}
	mapping := FormatMapping(nodeOf, pmiwire.MaxValue)
	j.running = make(map[int]*agentLink, j.size)
	for node, a := range assigned {
		l := byHost[a.Host.Name]
		l.node, l.ranks = node, a.Ranks
		streams := make(map[int]*[2]*lineStream, len(a.Ranks))
		for _, r := range a.Ranks {
			streams[r] = &[2]*lineStream{{rank: r, number: 1, agent: l}, {rank: r, number: 2, agent: l}}
		}
		l.setStreams(streams)
		if a.Ranks[0] == 0 && j.spec.Stdin != nil {
			if j.stdin, err = forwardStdin(j.spec.Stdin, l); err != nil {
				return fmt.Errorf("launch: standard input: %w", err)
			}
		}
	}
	j.report(byHost, assigned)
	j.placed = true
	for _, l := range j.links {
		p := plan{Job: j.id}
		if l.node >= 0 {
			p = plan{
				Job: j.id, Size: j.size, Node: l.node, Nodes: len(assigned), Ranks: l.ranks, Mapping: mapping,
				Argv: j.spec.Argv, Own: j.spec.Own, Env: j.spec.Env, Exports: j.spec.Exports, Remote: l.remote(),
				Wdir: j.spec.Wdir, AnyWdir: j.spec.anyWdir, OutputDir: j.spec.OutputDir, Bind: j.spec.Bind, Report: j.spec.ReportBindings,
				Stdin: j.spec.Stdin != nil, GraceNanos: int64(j.spec.Grace),
			}
		}
		l.send(kPlan, encode(p))
	}
	return nil
}

// report tells where ranks are, and of hosts that have too many, once for all.
func (j *job) report(byHost map[string]*agentLink, assigned []Assignment) {
	first, more := "", 0
	for _, a := range assigned {
		l, n := byHost[a.Host.Name], len(a.Ranks)
		j.spec.Logf("launch: %d ranks on host %s (%d CPUs, %d slots)", n, l.name(), l.hello.CPUs, a.Host.Slots)
		var text string
		switch {
		case n > l.hello.CPUs:
			text = fmt.Sprintf("%d ranks on %d CPUs of host %s", n, l.hello.CPUs, l.name())
		case a.Oversubscribed() > 0:
			text = fmt.Sprintf("%d ranks on %d slots of host %s", n, a.Host.Slots, l.name())
		default:
			continue
		}
		if first == "" {
			first = text
		} else {
			more++
		}
	}
	switch {
	case more > 0:
		j.spec.Notice("%s, and too many on %d more", first, more)
	case first != "":
		j.spec.Notice("%s", first)
	}
}

func (j *job) rankStarted(l *agentLink, rank, pid int) {
	if !l.remote() {
		j.pids[pid] = true
	}
	if j.running[rank] = l; len(j.running) == j.size && j.started == 0 {
		j.started = time.Since(j.began)
		j.spec.Logf("launch: %d ranks started in %v", j.size, j.started.Round(time.Millisecond))
	}
}

func (j *job) rankExited(l *agentLink, x exit) {
	l.exited++
	if x.Code == 0 && x.Signal == 0 {
		j.checkFence()
		return
	}
	j.spec.Logf("launch: rank %d (pid %d, host %s) ended: status %d, signal %d", x.Rank, x.PID, l.name(), x.Code, x.Signal)
	e := &RankError{Rank: x.Rank, PID: x.PID, Host: l.name(), Code: x.Code, Signal: syscall.Signal(x.Signal), Text: x.Why}
	code := x.Code
	if x.Signal != 0 {
		code = 128 + x.Signal
	}
	if x.Waited && j.err == nil {
		j.noticeMissing(l, x)
	}
	j.fail(e, code)
}

// noticeMissing names whom a rank has waited for that gave up in the PMI barrier:
// it could not know.
func (j *job) noticeMissing(l *agentLink, x exit) {
	var missing []string
	if len(x.Missing) > 0 {
		missing = append(missing, rankList(x.Missing))
	}
	for _, other := range j.links {
		if other != l && other.node >= 0 && !other.inFence {
			missing = append(missing, "some rank on host "+other.name())
		}
	}
	if len(missing) > 0 {
		j.spec.Notice("rank %d gave up in the PMI barrier, which %s had not entered", x.Rank, strings.Join(missing, ", "))
	}
}

func (j *job) rankFailed(l *agentLink, f failure) {
	code := f.Code
	if code < 1 || code > 255 {
		code = 1
	}
	if f.Rank < 0 {
		j.fail(fmt.Errorf("launch: host %s: %s", l.name(), f.Text), code)
		return
	}
	j.fail(&RankError{Rank: f.Rank, PID: f.PID, Host: l.name(), Text: f.Text}, code)
}

// fence ends the PMI barrier once the ranks of every node are in it.
func (j *job) fence() {
	var puts []pair
	for _, l := range j.links {
		if l.node < 0 {
			continue
		}
		if !l.inFence {
			j.checkFence()
			return
		}
		puts = append(puts, l.puts...)
	}
	for _, l := range j.links {
		if l.node >= 0 {
			l.inFence, l.puts = false, nil
			l.send(kFenceDone, encode(puts))
		}
	}
}

// checkFence ends the job if a node waits in a barrier that another can no
// longer enter.
func (j *job) checkFence() {
	var waiting, missing *agentLink
	for _, l := range j.links {
		if l.inFence {
			waiting = l
		} else if l.exited > 0 {
			missing = l
		}
	}
	if waiting != nil && missing != nil {
		j.fail(fmt.Errorf("launch: a rank on host %s ended before the PMI barrier in which the ranks on host %s wait for it", missing.name(), waiting.name()), 1)
	}
}

// finish ends what is left once every agent is gone.
func (j *job) finish() {
	close(j.stop)
	for _, c := range j.conns {
		c.wait()
	}
	if j.lost {
		if left := sweep(j.id, maps.Clone(j.pids)); len(left) > 0 {
			j.spec.Notice("processes that SIGKILL does not end are left: %s", listed(left))
		}
	}
	if j.stdin != nil {
		j.stdin.stop()
		j.stdin.wait()
	}
	for _, p := range j.out {
		p.close()
	}
	var abandon <-chan time.Time
	if j.killed {
		abandon = time.After(time.Second)
	}
	for i, signals := 0, j.spec.Signals; i < len(j.out); {
		select {
		case <-j.out[i].done:
			i++
		case <-abandon:
			return // a Write that its reader holds up belongs to the caller
		case s, ok := <-signals:
			if !ok {
				signals = nil
			} else if sig, ok := s.(syscall.Signal); ok && ends(sig) {
				j.fail(&EndedError{By: sig}, 128+int(sig))
				return
			}
		}
	}
}

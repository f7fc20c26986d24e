package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"numcomp/hostfile"
)

const (
	// pingPause is between two signs of life of the launcher.
	pingPause = 5 * time.Second
	// maxSilent is after how many pauses without one it is taken for gone: a
	// network that is cut ends no connection. Pauses are counted, not time, so
	// that a host that was suspended does not end its job on waking up.
	maxSilent = 6
	// relayTime is what those below have to end once the launcher is gone, before
	// their connections are cut.
	relayTime = 10 * time.Second
)

// Relay is the launcher's hand on another host. It runs an agent (the command
// agent, with env), starts the relays below it in the tree, and hands on frames
// between them and the launcher at the other end of stdin and stdout. It returns
// the status to exit with once all of them are gone. Should the agent be killed,
// it ends what the ranks have left behind.
//
// When stdin ends, or nothing has come for 30 s, the launcher is gone: those
// below get end-of-file, and end themselves. Ending ctx does the same.
func Relay(ctx context.Context, agent, env []string, stdin, stdout *os.File) int {
	restore := becomeSubreaper()
	defer restore()
	r := &relay{agentArgv: agent, env: WithoutPlace(env), below: map[int]*conn{}, pids: map[int]bool{}, over: make(chan struct{})}
	in, out, err := unblocked(stdin, stdout)
	if err != nil {
		fmt.Fprintf(stdout, "relay: %v\n", err)
		return 1
	}
	r.up, r.upFile = frameWriter{w: out}, out
	r.forker = newForker()
	defer r.forker.close()
	if _, err := io.WriteString(out, preamble); err != nil {
		return 1
	}
	if err := r.startOwn(); err != nil {
		fmt.Fprintf(os.Stderr, "relay: agent: %v\n", err)
		return 1
	}
	go r.read(in)
	r.serve(ctx)
	in.Close()
	r.end()
	return 0
}

// unblocked are stdin and stdout such that closing them ends a read or write
// under way.
func unblocked(stdin, stdout *os.File) (in, out *os.File, err error) {
	dup := func(f *os.File, name string) (*os.File, error) {
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, fmt.Errorf("dup: %w", err)
		}
		if err := unix.SetNonblock(fd, true); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return os.NewFile(uintptr(fd), name), nil
	}
	if in, err = dup(stdin, "stdin"); err != nil {
		return nil, nil, err
	}
	out, err = dup(stdout, "stdout")
	return in, out, err
}

type relay struct {
	agentArgv, env []string
	forker         *forker
	image          image // of this program; its path is empty until it is needed
	branch         branch
	tree           tree

	own *conn // this host's agent

	upMu   sync.Mutex
	up     frameWriter
	upFile *os.File

	mu     sync.Mutex
	below  map[int]*conn
	job    string
	pids   map[int]bool // of this host's ranks
	heard  bool         // something came since the last tick
	paused bool
	lost   bool // the agent is gone before it was done
	done   bool
	ending bool

	over     chan struct{} // closed: nothing more comes from the launcher
	overOnce sync.Once
}

// startOwn starts this host's agent.
func (r *relay) startOwn() error {
	p, err := startLocal(r.agentArgv, r.env)
	if err != nil {
		return err
	}
	r.own = openConn(p, r.fromOwn, func(err error) {
		r.mu.Lock()
		r.lost = !r.done
		lost := r.lost
		r.mu.Unlock()
		if lost {
			r.send(kGone, encode(goneOf(0, err, p)))
		}
	})
	return nil
}

func goneOf(id int, err error, p *agentProcess) gone {
	g := gone{ID: id, Said: p.said()}
	if err != nil {
		g.Error = err.Error()
	}
	return g
}

// fromOwn hands on a frame of this host's agent.
func (r *relay) fromOwn(k kind, body []byte) error {
	switch k {
	case kStarted:
		if v, err := parse32(body, 2); err == nil {
			r.mu.Lock()
			r.pids[int(v[1])] = true
			r.mu.Unlock()
		}
	case kDone:
		r.mu.Lock()
		r.done = true
		r.mu.Unlock()
	}
	r.send(k, body)
	return nil
}

// send sends a frame up. What cannot be sent is dropped: reading finds out that
// the launcher is gone.
func (r *relay) send(k kind, parts ...[]byte) {
	r.upMu.Lock()
	defer r.upMu.Unlock()
	r.up.write(k, parts...)
}

// read takes what the launcher sends, to the end.
func (r *relay) read(in io.Reader) {
	defer r.overOnce.Do(func() { close(r.over) })
	frames := newFrameReader(in)
	for {
		k, body, err := frames.next()
		if err != nil {
			return
		}
		r.mu.Lock()
		r.heard = true
		if k == kPing || k == kPause {
			r.paused = k == kPause
		}
		r.mu.Unlock()
		if err := r.take(k, body); err != nil {
			r.send(kFailure, encode(failure{Rank: -1, Code: 1, Text: "relay: " + err.Error()}))
			return
		}
	}
}

func (r *relay) take(k kind, body []byte) error {
	switch k {
	case kPing, kPause:
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range r.below {
			c.send(k)
		}
		return nil
	case kTo:
		return r.forward(body)
	case kBranch:
		return r.grow(body)
	case kPlan:
		var p struct{ Job string }
		if err := json.Unmarshal(body, &p); err != nil {
			return err
		}
		r.mu.Lock()
		r.job = p.Job
		r.mu.Unlock()
	}
	r.own.send(k, body)
	return nil
}

// forward hands a frame down the tree.
func (r *relay) forward(body []byte) error {
	id, k, rest, err := parseAddress(body)
	if err != nil {
		return err
	}
	next := r.tree.step(r.branch.ID, id)
	r.mu.Lock()
	c := r.below[next]
	r.mu.Unlock()
	switch {
	case next == 0:
		return errors.New("a frame is for a host that is not below this one")
	case c == nil: // it could not be started, which the launcher was told
	case next == id:
		c.send(k, rest)
	default:
		c.send(kTo, body)
	}
	return nil
}

// grow starts the relays below this one.
func (r *relay) grow(body []byte) error {
	if r.tree.fanOut != 0 {
		return errors.New("the launcher tells the tree a second time")
	}
	if err := json.Unmarshal(body, &r.branch); err != nil {
		return err
	}
	r.tree = tree{r.branch.Remote, r.branch.FanOut}
	if r.tree.fanOut < 1 || len(r.tree.below(r.branch.ID)) != len(r.branch.Below) {
		return errors.New("the launcher's tree has another shape than it says")
	}
	for i, id := range r.tree.below(r.branch.ID) {
		if err := r.startBelow(id, r.branch.Below[i]); err != nil {
			r.send(kGone, encode(gone{ID: id, Error: err.Error()}))
		}
	}
	return nil
}

func (r *relay) startBelow(id int, host hostfile.Host) error {
	p, err := r.branch.Start.start(r.forker, r.env, host, r.ownImage)
	if err != nil {
		return err
	}
	take := func(k kind, body []byte) error {
		if k == kFrom {
			r.send(k, body)
		} else {
			r.send(kFrom, numbers32(uint32(id)), []byte{byte(k)}, body)
		}
		return nil
	}
	c := openConn(p, take, func(err error) { r.send(kGone, encode(goneOf(id, err, p))) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.below[id] = c
	if r.ending {
		c.abandon()
	}
	return nil
}

func (r *relay) ownImage() (image, error) {
	if r.image.path == "" {
		m, err := newImage(r.agentArgv[0])
		if err != nil {
			return image{}, err
		}
		r.image = m
	}
	return r.image, nil
}

// serve waits until the launcher is gone.
func (r *relay) serve(ctx context.Context) {
	tick := time.NewTicker(pingPause)
	defer tick.Stop()
	for silent := 0; silent < maxSilent; {
		select {
		case <-r.over:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			r.mu.Lock()
			silent++
			if r.heard || r.paused {
				silent = 0
			}
			r.heard = false
			r.mu.Unlock()
		}
	}
	// What is not read up there would be waited for.
	r.upFile.Close()
}

// end ends what is below, and waits for it.
func (r *relay) end() {
	r.own.close()
	r.mu.Lock()
	r.ending = true
	conns := make([]*conn, 0, len(r.below))
	for _, c := range r.below {
		c.abandon()
		conns = append(conns, c)
	}
	r.mu.Unlock()
	cut := time.AfterFunc(relayTime, func() {
		for _, c := range conns {
			c.process.kill()
		}
	})
	defer cut.Stop()
	// A launcher that has gone reads no more, and one that has ended this in good
	// order has nothing more to hear.
	for _, c := range conns {
		c.wait()
	}
	r.own.wait()
	r.mu.Lock()
	job, pids, lost := r.job, maps.Clone(r.pids), r.lost
	r.mu.Unlock()
	if lost && job != "" {
		sweep(job, pids)
	}
	r.upFile.Close()
}

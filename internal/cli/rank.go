package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"numcomp/comm"
	"numcomp/comm/rendezvous"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/tcp"
	"numcomp/comm/transport/wrap"
	"numcomp/internal/buildid"
	"numcomp/internal/job"
	"numcomp/launch"
)

// runAlone runs the computation as a world of one, in this process.
func (p *process) runAlone(ctx context.Context, o *Options) error {
	ctx, cancel := o.bounded(ctx, time.Now(), 0)
	defer cancel()
	p.shareCPUs(1)
	counter := wrap.Count(mem.NewWorld(1)[0])
	defer counter.Close()
	c, err := comm.NewWorld(counter, nil)
	if err != nil {
		return err
	}
	return because(ctx, o.work(ctx, p.world(c, counter, launch.Alone), o))
}

// runRank runs the computation as the rank that this process is.
func (p *process) runRank(ctx context.Context, o *Options, place launch.Place) (err error) {
	began := time.Now()
	start, cancel := o.bounded(ctx, began, place.Rank)
	defer cancel()
	start, cancel = context.WithTimeoutCause(start, o.StartTimeout, fmt.Errorf("the ranks did not meet within --start-timeout %v", o.StartTimeout))
	defer cancel()
	if !place.PMI.Exists() { // whose server waits for every rank's word
		if err := checkWorkers(o, place.Launcher, place.Size); err != nil {
			return err
		}
	}
	store, err := p.meet(start, o, &place)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	rendezvous.Foresee(store, place.Rank, place.Size)
	ctx, cancel = o.bounded(ctx, began, place.Rank) // which is known by now
	defer cancel()
	// A launcher takes a PMI that ends without its last word for a failure, so
	// only a rank that has done its part closes the store.
	defer func() {
		if err == nil {
			err = store.Close()
		}
	}()
	if err := checkWorkers(o, place.Launcher, place.Size); err != nil {
		return err
	}
	if err := checkFiles(place); err != nil {
		return err
	}
	p.shareCPUs(place.LocalSize)

	addrs, err := listenOn(o, place)
	if err != nil {
		return err
	}
	ep, err := tcp.Listen(tcp.ListenConfig{Addrs: addrs, PortMin: o.Ports.Min, PortMax: o.Ports.Max, Logf: p.logf(o)})
	if err != nil {
		return err
	}
	defer ep.Close()
	self, err := self(place)
	if err != nil {
		return err
	}
	box, noMemory := openMailbox(o, place)
	if box != nil {
		defer box.Close()
		self.Memory = box.Memory()
	}
	world, err := rendezvous.Join(ctx, ep, store, self, rendezvous.Options{
		Rank: place.Rank, Size: place.Size, Nodes: place.NodeList, StartTimeout: o.StartTimeout, Waiting: p.waiting, Logf: p.logf(o)})
	if err != nil {
		return p.once(place, err)
	}
	defer world.Control.Close()
	times := p.startTimes(place.Launcher, began, world.Timings)
	if place.Rank == 0 {
		p.tell(o, "start: %s", times.breakdown(time.Since(p.began)))
	}

	t, carried, err := p.carry(o, world, ep, box, noMemory)
	if err != nil {
		world.Control.Abort(err)
		return p.once(place, err)
	}
	defer t.Close()
	world.Control.OnFailure(t.Break)
	if pmi, ok := store.(*rendezvous.PMI); ok {
		done := make(chan struct{})
		watcher := make(chan struct{})
		go func() {
			defer close(watcher)
			select {
			case <-pmi.Lost():
				t.Break(fmt.Errorf("the launcher (%s) has ended", place.Launcher))
			case <-done:
			}
		}()
		defer func() { close(done); <-watcher }()
	}
	counter := wrap.Count(t)
	c, err := comm.NewWorld(counter, members(world.Peers))
	if err != nil {
		return err
	}
	w := p.world(c, counter, place.Launcher)
	w.carries = carried
	w.times = &times
	w.control, w.peers = world.Control, world.Peers
	w.addrsOf, w.addrs, w.probe = world.Peers.Addrs, ep.Addrs(), ep.Probe
	err = because(ctx, o.work(ctx, w, o))
	if !everywhere(err) {
		// What happened first is what all ranks tell.
		if verdict := world.Control.Failure(); verdict != nil {
			return p.once(place, verdict)
		}
		world.Control.Abort(err)
		return p.once(place, err)
	}
	if leave := world.Control.Leave(ctx); leave != nil && err == nil {
		err = leave
	}
	return p.once(place, err)
}

// everywhere tells whether a job that returned err has come to an end on all
// ranks: it was done, or they have agreed on why it cannot be.
func everywhere(err error) bool {
	var told *job.RankError
	var differs *job.VerifyError
	return err == nil || errors.As(err, &told) || errors.As(err, &differs)
}

// self is what this rank tells the others of itself.
func self(place launch.Place) (rendezvous.Self, error) {
	node, err := nodeID(place)
	if err != nil {
		return rendezvous.Self{}, err
	}
	build, err := buildid.Running()
	if err != nil {
		return rendezvous.Self{}, err
	}
	return rendezvous.Self{Host: hostName(), PID: os.Getpid(), Node: node, Build: build}, nil
}

// waiting tells whom a start waits for.
func (p *process) waiting(text string) { fmt.Fprintln(p.stderr, "numcomp:", text) }

// logf is where odd but harmless things go: standard error, with -v.
func (p *process) logf(o *Options) func(string, ...any) {
	return func(format string, args ...any) { p.tell(o, format, args...) }
}

// world is what compute needs to know of a world that carries messages by TCP, or
// has one rank. counter nil: nobody counts them.
func (p *process) world(c *comm.Comm, counter *wrap.Counter, launcher string) world {
	w := world{comm: c, launcher: launcher, engine: "tcp", carries: carries{name: carryNone}, host: hostName(), start: time.Since(p.began)}
	if counter != nil {
		w.moved = counter.Total
	}
	return w
}

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"numcomp/launch"
)

// byHand is the launcher of ranks that were started with --head.
const byHand = "hand"

// runRanks runs the computation: as the rank that a launcher or --head made this
// process, or, alone, on ranks of this machine.
func runRanks(ctx context.Context, p *process, o *Options) error {
	place, err := p.place(o)
	if err != nil {
		return err
	}
	if place.Rank <= 0 { // or not known yet: all ranks would say the same
		p.tell(o, "started by: %s", place.Launcher)
	}
	mpi, err := p.byMPI(o, place)
	if err != nil {
		return err
	}
	oneTask := place.Launcher == launch.Slurm && place.Size == 1 // a step that is there to hold local ranks, perhaps
	switch {
	case place.Launcher == launch.Alone || oneTask && o.NumWorkers > 1:
	case mpi:
		return p.runMPI(ctx, o, place)
	default:
		return p.runRank(ctx, o, place)
	}
	if place.Allocation != nil && len(place.Allocation.NodeList) > 1 {
		return allocationError(place.Allocation)
	}
	if o.NumWorkers == 0 {
		o.NumWorkers = cmp.Or(o.defaultWorkers, usableCPUs(place.Allocation))
	}
	if o.NumWorkers == 1 {
		return p.runAlone(ctx, o)
	}
	return p.runLocal(ctx, o)
}

// usableCPUs are those of this machine, at most those that a scheduler granted.
func usableCPUs(a *launch.Allocation) int {
	n := runtime.NumCPU()
	if a != nil && len(a.CPUs) > 0 && a.CPUs[0] > 0 {
		n = min(n, a.CPUs[0])
	}
	return n
}

// timeoutGrace is how much longer the ranks but rank 0 have, so that they end with
// its word and not each with its own.
const timeoutGrace = time.Second

// bounded is ctx with the end that --timeout gives a rank which began then.
func (o *Options) bounded(ctx context.Context, began time.Time, rank int) (context.Context, context.CancelFunc) {
	if o.Timeout == 0 {
		return context.WithCancel(ctx)
	}
	end := began.Add(o.Timeout)
	if rank != 0 {
		end = end.Add(timeoutGrace)
	}
	return context.WithDeadlineCause(ctx, end, fmt.Errorf("the run took longer than --timeout %v", o.Timeout))
}

// place is where this process stands: by its flags, else by its environment.
func (p *process) place(o *Options) (launch.Place, error) {
	if o.HeadHost != "" {
		return launch.Place{Launcher: byHand, Rank: o.Rank, Size: o.WorldSize, LocalRank: -1, LocalSize: -1, Node: -1, PMI: launch.PMI{FD: -1}}, nil
	}
	place, err := p.detect()
	if err != nil {
		return place, usagef("%v", err).withHint("to run apart from the launcher, start numcomp without its variables")
	}
	if place.Launcher == launch.Alone && o.Bootstrap != "" {
		return place, usagef("--bootstrap %s: no launcher started this process, so there is nobody to meet", o.Bootstrap).
			withHint("start ranks with mpirun or numcomp launch, or by hand with --head")
	}
	return place, nil
}

// allocationError is what a shell that was granted several nodes is told.
func allocationError(a *launch.Allocation) error {
	return usagef("this shell of job %s has %d nodes (%s), but no launcher started numcomp on them", a.JobID, len(a.NodeList), a.Manager).
		withHint("to use all nodes: srun numcomp ...   on this node alone: env -u SLURM_JOB_ID numcomp --num-workers N ...")
}

// checkWorkers holds --num-workers to the world that a launcher has made.
func checkWorkers(o *Options, launcher string, size int) error {
	if o.NumWorkers != 0 && o.NumWorkers != size {
		return usagef("--num-workers: %d contradicts the launcher: %s started %d rank(s)", o.NumWorkers, launcher, size).
			withHint("leave --num-workers out, or start %d ranks", o.NumWorkers)
	}
	return nil
}

// shareCPUs sets GOMAXPROCS to this rank's share of the node's CPUs, unless the user
// has decided.
func (p *process) shareCPUs(localSize int) {
	if _, ok := p.env("GOMAXPROCS"); ok {
		return
	}
	runtime.GOMAXPROCS(launch.Share(runtime.NumCPU(), localSize))
}

// tell writes a line to standard error with -v.
func (p *process) tell(o *Options, format string, args ...any) {
	if o.Verbose {
		fmt.Fprintf(p.stderr, "numcomp: "+format+"\n", args...)
	}
}

// hostName is this machine's name for messages; it is never resolved.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// nodeID is equal for the ranks of one node: what the launcher says, else host
// name and boot id, which are the same in all containers of a machine unless
// those have names of their own.
func nodeID(place launch.Place) (string, error) {
	if place.NodeID != "" {
		return place.NodeID, nil
	}
	if place.Node >= 0 {
		return strconv.Itoa(place.Node), nil
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", errors.New("cannot tell which node this is: " + err.Error())
	}
	return hostName() + "/" + string(boot[:min(len(boot), 36)]), nil
}

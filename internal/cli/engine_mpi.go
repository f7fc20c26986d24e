//go:build mpi

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"numcomp/comm"
	"numcomp/comm/transport"
	"numcomp/comm/transport/mpi"
	"numcomp/comm/transport/shm"
	"numcomp/internal/buildid"
	"numcomp/launch"
)

// hasMPI tells whether the mpi engine is built in.
const hasMPI = true

// runMPI runs the computation as the rank of an MPI world that this process is. MPI
// comes to its end on every rank or is aborted, so nothing is deferred: a panic ends
// the process with MPI started, which ends the job.
func (p *process) runMPI(ctx context.Context, o *Options, place launch.Place) error {
	ctx, cancel := o.bounded(ctx, time.Now(), place.Rank)
	defer cancel()
	if err := checkWorkers(o, place.Launcher, place.Size); err != nil {
		return err
	}
	if err := checkFiles(place); err != nil {
		return err
	}
	p.shareCPUs(place.LocalSize)
	engine, err := mpi.Start(place.Size)
	var size *mpi.SizeError
	switch {
	case errors.As(err, &size):
		return usagef("%s: %w", place.Launcher, err).
			withHint("this libmpi is not the launcher's: build numcomp against the MPI whose mpirun starts it, or add --engine tcp")
	case err != nil:
		return fmt.Errorf("start: %w", err)
	}
	p.abort = engine.Abort
	t, err := engine.Open()
	if err != nil {
		return fmt.Errorf("start: MPI: %w", err)
	}
	t.OnStuck(func(err error) { p.end(ctx, p.color, because(ctx, err)) }) // which aborts
	c, err := p.meetByMPI(ctx, engine, t)
	if err == nil {
		w := p.world(c, nil, place.Launcher)
		w.engine, w.carries = engineMPI, carries{carryMPI, "the mpi engine carries all messages"}
		w.moved = t.Moved
		err = because(ctx, o.work(ctx, w, o))
	}
	var broken *mpi.BrokenError
	switch {
	case everywhere(err):
		t.Close()
		engine.Stop()
		p.abort = nil
	case errors.As(err, &broken):
		return &elsewhere{err}
	default:
		t.Break(err)
	}
	return p.once(place, err)
}

// mpiCarrier has messages and collectives carried by MPI, and the memory that ranks of
// a node have in common by numcomp's own segments.
type mpiCarrier struct {
	*mpi.Transport
	*shm.Segments
}

// meetByMPI makes the communicator of the world: every rank tells who it is.
func (p *process) meetByMPI(ctx context.Context, engine *mpi.Process, t *mpi.Transport) (*comm.Comm, error) {
	build, err := buildid.Running()
	if err != nil {
		return nil, err
	}
	bare, err := comm.NewWorld(t, nil)
	if err != nil {
		return nil, err
	}
	text := []byte(hostName() + "\n" + build)
	space, why := shm.Space()
	if why != nil {
		p.waiting(fmt.Sprintf("host %s: rank %d cannot share memory with its node: %v", hostName(), bare.Rank(), why))
	}
	mine := []int64{int64(len(text)), int64(os.Getpid()), int64(engine.NodeLeader()), int64(space)}
	all := make([]int64, len(mine)*bare.Size())
	if err := comm.Allgather(ctx, bare, mine, all); err != nil {
		return nil, err
	}
	counts, total := make([]int, bare.Size()), 0
	for r := range counts {
		counts[r] = int(all[len(mine)*r])
		total += counts[r]
	}
	texts := make([]byte, total)
	if err := comm.Allgatherv(ctx, bare, text, texts, counts, nil); err != nil {
		return nil, err
	}
	members := make(transport.List[comm.Member], bare.Size())
	near := make(transport.List[shm.Peer], bare.Size())
	nodes := map[int64]int{}
	for r := range members {
		host, theirs, _ := strings.Cut(string(texts[:counts[r]]), "\n")
		texts = texts[counts[r]:]
		if theirs != build {
			return nil, fmt.Errorf("rank %d (host %s) runs another build of numcomp, %s, than rank %d: %s: copy one file to all nodes", r, host, theirs, bare.Rank(), build)
		}
		node, ok := nodes[all[len(mine)*r+2]]
		if !ok {
			node = len(nodes)
			nodes[all[len(mine)*r+2]] = node
		}
		members[r] = comm.Member{Host: host, Node: node, PID: int(all[len(mine)*r+1])}
		near[r] = shm.Peer{Node: node, Host: host, PID: members[r].PID, Memory: shm.Memory{Space: uint64(all[len(mine)*r+3])}}
	}
	c, err := comm.NewWorld(&mpiCarrier{t, shm.NewSegments(bare.Rank(), near)}, members)
	return c, err
}

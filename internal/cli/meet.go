package cli

import (
	"context"
	"fmt"
	"strings"

	"numcomp/comm/rendezvous"
	"numcomp/launch"
)

// A bootstrap is a way for ranks to meet. The first row that fits is taken,
// unless --bootstrap names one.
type bootstrap struct {
	name, needs string
	fits        func(o *Options, place launch.Place) bool
	open        func(ctx context.Context, p *process, o *Options, place *launch.Place) (rendezvous.Store, error)
}

func bootstraps() []bootstrap {
	return []bootstrap{
		{"head", "--head HOST[:PORT]", func(o *Options, _ launch.Place) bool { return o.HeadHost != "" }, openHead},
		{"pmi", "a launcher that serves PMI-1 (PMI_FD or PMI_PORT)", func(_ *Options, place launch.Place) bool { return place.PMI.Exists() }, openPMI},
		{"folder", "a launcher's private folder on one node, such as Open MPI's (PMIX_SERVER_TMPDIR)", func(_ *Options, place launch.Place) bool {
			return place.TmpDir != "" && place.JobID != "" && oneNode(place)
		}, openFolder},
		{"step", "a Slurm step (srun)", func(_ *Options, place launch.Place) bool { return isStep(place) }, openStep},
	}
}

func bootstrapNames() (names []string) {
	for _, b := range bootstraps() {
		names = append(names, b.name)
	}
	return names
}

// oneNode tells whether the launcher says that all ranks are on this node.
func oneNode(place launch.Place) bool {
	return place.Nodes == 1 || place.Size > 0 && place.LocalSize == place.Size
}

// meet opens the store in which the ranks of this place meet. It completes the
// place: under PMI_PORT the launcher tells rank and size only there.
func (p *process) meet(ctx context.Context, o *Options, place *launch.Place) (rendezvous.Store, error) {
	for _, b := range bootstraps() {
		if o.Bootstrap != "" && o.Bootstrap != b.name {
			continue
		}
		if b.fits(o, *place) {
			if place.Rank <= 0 {
				p.tell(o, "meeting by: %s", b.name)
			}
			return b.open(ctx, p, o, place)
		}
		if o.Bootstrap != "" {
			return nil, usagef("--bootstrap: %s needs %s, which %s does not give here", b.name, b.needs, place.Launcher)
		}
	}
	if missing := unplaced(*place); place.Launcher == launch.Slurm && missing != "" {
		return nil, usagef("Slurm started this rank (%d of %d), but where it stands is not known: %s", place.Rank, place.Size, missing).
			withHint("keep Slurm's variables in the environment of ranks (srun --export=ALL), or %s", advice(*place))
	}
	return nil, usagef("%s started this rank (%d of %d), but offers no way for ranks to meet that this version knows", place.Launcher, place.Rank, place.Size).
		withHint("%s", advice(*place))
}

// advice is what to do under a launcher that gives ranks no way to meet.
func advice(place launch.Place) string {
	switch place.Launcher {
	case launch.Slurm:
		return "use srun --mpi=none or --mpi=pmi2, or add --head HOST:PORT --rank $SLURM_PROCID --world-size $SLURM_NTASKS"
	case launch.OpenMPI:
		return "Open MPI over several nodes: " + getMPI + "; or have a shell of each rank add --head HOST:PORT --rank $OMPI_COMM_WORLD_RANK --world-size $OMPI_COMM_WORLD_SIZE"
	}
	return "add --head HOST:PORT --rank R --world-size N, with HOST where rank 0 runs"
}

func openPMI(ctx context.Context, p *process, _ *Options, place *launch.Place) (rendezvous.Store, error) {
	pmi, err := dialPMI(ctx, place.PMI)
	if err != nil {
		return nil, err
	}
	p.pmi = pmi
	if rank, size, ok := pmi.Place(); ok {
		place.Rank, place.Size = rank, size
	}
	return pmi, nil
}

// dialPMI connects to a launcher's PMI server.
func dialPMI(ctx context.Context, to launch.PMI) (*rendezvous.PMI, error) {
	if to.FD < 0 {
		return rendezvous.DialPMI(ctx, to.Port, to.ID)
	}
	conn, err := rendezvous.PMIFromFD(to.FD)
	if err != nil {
		return nil, err
	}
	return rendezvous.NewPMI(ctx, conn)
}

func openFolder(_ context.Context, _ *process, _ *Options, place *launch.Place) (rendezvous.Store, error) {
	// The job's id may hold slashes; what they become keeps it apart from others.
	return rendezvous.OpenFile(place.TmpDir, strings.NewReplacer("/", "_", "\x00", "_").Replace(place.JobID))
}

// defaultHeadPort is below the ports that systems hand out by themselves.
const defaultHeadPort = 24680

func openHead(ctx context.Context, p *process, o *Options, place *launch.Place) (rendezvous.Store, error) {
	key, err := p.userKey(o)
	if err != nil {
		return nil, err
	}
	port := o.HeadPort
	if port == 0 {
		port = defaultHeadPort
	}
	self, err := self(*place)
	if err != nil {
		return nil, err
	}
	return rendezvous.OpenHead(ctx, rendezvous.HeadConfig{
		Addr: joinHostPort(o.HeadHost, port), Key: key, Rank: place.Rank, Size: place.Size, Self: self,
		Waiting: p.waiting, Logf: func(format string, args ...any) { p.waiting(fmt.Sprintf(format, args...)) },
	})
}

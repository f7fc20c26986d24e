package cli

import (
	"context"
	"time"

	"numcomp/internal/job"
	"numcomp/internal/netaddr"
)

// Options are what the root command was told. Whatever could be checked without
// a world has been.
type Options struct {
	// NumWorkers is how many ranks to start here; 0: not said.
	NumWorkers int
	// HeadHost and HeadPort are where rank 0 is met by ranks started by hand;
	// "" and 0: not said.
	HeadHost string
	HeadPort int
	// Rank and WorldSize are this rank's, by hand; -1 and 0: not said.
	Rank, WorldSize int
	// Engine carries messages: "auto", "tcp" or "mpi". Transport does so within a node:
	// "auto", "shm" or "tcp".
	Engine, Transport string
	// KeyFile holds the key of ranks started by hand; "": the user's own.
	KeyFile string
	// Insecure lets nodes meet that have no way to know each other.
	Insecure bool
	// Bootstrap is how ranks find each other; "" is by what Detect finds.
	Bootstrap string
	// Interfaces and Ports are where this rank listens.
	Interfaces netaddr.Selection
	Ports      netaddr.PortRange
	// Timeout bounds the whole run, StartTimeout its start; 0: no bound.
	Timeout, StartTimeout time.Duration

	// Job is the computation. SizeText is --size as it was written, for advice.
	Job      job.Config
	SizeText string
	// Output is the file to write results to; "": none.
	Output string
	// JSON and CSV are files to write measurements to; "-": standard output, "": none.
	JSON, CSV string
	// Verbose tells on standard error what was detected and chosen.
	Verbose bool

	multinode bool
	// work is what every rank does in its world.
	work func(context.Context, world, *Options) error
	// defaultWorkers is how many ranks to start here when nothing is said; 0: the
	// usable CPUs.
	defaultWorkers int
}

func newOptions() *Options {
	return &Options{Job: job.Default(), Rank: -1, Engine: engineAuto, Transport: carryAuto, StartTimeout: 60 * time.Second}
}

// check finds what cannot be right between the flags.
func (o *Options) check() error {
	switch byHand := o.Rank >= 0 || o.WorldSize > 0; {
	case o.HeadHost != "" && (o.Rank < 0 || o.WorldSize == 0):
		return usagef("--head: ranks started by hand need --rank and --world-size too").
			withHint("such as %s --head %s --rank 0 --world-size 2 on one machine, and --rank 1 on the other", rootName, o.HeadHost)
	case o.HeadHost == "" && byHand:
		return usagef("--rank and --world-size are for ranks started by hand: they need --head HOST[:PORT], where rank 0 runs").
			withHint("to start ranks on this machine, give --num-workers N alone")
	case byHand && o.Rank >= o.WorldSize:
		return usagef("--rank: %d is not a rank of a world of %d: want 0 to %d", o.Rank, o.WorldSize, o.WorldSize-1)
	case byHand && o.NumWorkers != 0 && o.NumWorkers != o.WorldSize:
		return usagef("--num-workers: %d contradicts --world-size %d", o.NumWorkers, o.WorldSize).
			withHint("ranks started by hand need --world-size alone")
	case o.JSON == "-" && o.CSV == "-":
		return usagef("--json and --csv cannot both go to standard output").
			withHint("give one of them a file")
	case o.Output == "-":
		return usagef("--output: %q is not a file: results do not go to standard output", o.Output).
			withHint("give the name of a file, such as r.npy")
	}
	if err := o.settleTransport(); err != nil {
		return err
	}
	return o.checkFiles()
}

// checkFiles refuses one file for two outputs, of which one would be lost.
func (o *Options) checkFiles() error {
	files := o.documents()
	if o.Output != "" {
		files = append(files, document{flag: "output", path: o.Output})
	}
	for i, a := range files {
		for _, b := range files[:i] {
			if a.path != "-" && !isChannel(a.path) && sameFile(a.path, b.path) {
				return usagef("--%s and --%s name the same file: %s", b.flag, a.flag, a.path).
					withHint("give each a file of its own")
			}
		}
	}
	return nil
}

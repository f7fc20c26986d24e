package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"numcomp/internal/job"
	"numcomp/internal/netaddr"
	"numcomp/kernels"
)

// The groups under which help shows the root command's flags.
const (
	groupRanks  = "Ranks"
	groupWork   = "Work"
	groupKernel = "Kernel"
	groupFiles  = "Files"
	groupOther  = "Other"
)

// rootFlags is the table of the computation's flags.
func rootFlags(o *Options) []cli.Flag {
	return slices.Concat(rankFlags(o), workFlags(o), otherFlags(o))
}

// rankFlags say which ranks there are and how they meet and talk, for every
// command that needs a world.
func rankFlags(o *Options) []cli.Flag {
	workers := "usable CPUs"
	if o.defaultWorkers > 0 {
		workers = strconv.Itoa(o.defaultWorkers)
	}
	return []cli.Flag{
		&option{name: "num-workers", python: []string{"num_workers"}, group: groupRanks, arg: "N", def: workers,
			usage: "ranks to start on this machine; under a launcher, how many it must have started",
			set:   intValue(&o.NumWorkers, 1, "a number of ranks")},
		&option{name: "head", python: []string{"ipaddress"}, group: groupRanks, arg: "HOST[:PORT]",
			usage: "where rank 0 runs, for ranks started by hand",
			set:   hostPortValue(&o.HeadHost, &o.HeadPort)},
		&option{name: "rank", group: groupRanks, arg: "R", usage: "this rank, with --head", set: intValue(&o.Rank, 0, "a rank")},
		&option{name: "world-size", group: groupRanks, arg: "N", usage: "number of ranks, with --head",
			set: intValue(&o.WorldSize, 1, "a number of ranks")},
		&option{name: "key-file", group: groupRanks, arg: "FILE", def: "~/.config/numcomp/key",
			usage: "the key by which ranks started by hand know each other; made at first use",
			set:   pathValue(&o.KeyFile, "a file")},
		&option{name: "insecure", group: groupRanks,
			usage: "let the nodes of a Slurm step meet without munge and key file: anybody who reaches them can join",
			set:   toggle(&o.Insecure)},
		&option{name: "bootstrap", group: groupRanks, arg: "NAME", def: "what the launcher offers",
			usage: "how ranks find each other: " + strings.Join(bootstrapNames(), ", "),
			set:   oneOf(&o.Bootstrap, "a way to meet", bootstrapNames()...)},
		&option{name: "engine", group: groupRanks, arg: "auto|tcp|mpi", def: engineAuto, usage: "what carries messages; auto is mpi where it is built in and Open MPI or PMIx started the ranks",
			set: oneOf(&o.Engine, "an engine", engineAuto, engineTCP, engineMPI)},
		&option{name: "transport", group: groupRanks, arg: "auto|shm|tcp|mpi", def: carryAuto,
			usage: "what carries messages within a node: shared memory or TCP; mpi is short for --engine mpi",
			set:   oneOf(&o.Transport, "a transport", carryAuto, carryShm, carryTCP, carryMPI)},
		&option{name: "iface", group: groupRanks, arg: "LIST", def: "all",
			usage: "interfaces or networks to listen on, such as eth0,ib*,^docker*,10.0.0.0/8; ^ excludes",
			set:   parsed(&o.Interfaces, netaddr.ParseSelection)},
		&option{name: "port-range", group: groupRanks, arg: "A-B", def: "any free port", usage: "ports to listen on",
			set: parsed(&o.Ports, netaddr.ParsePortRange)},
		&option{name: "timeout", group: groupRanks, arg: "D", def: "none",
			usage: "fail when the run takes longer, in seconds or as 1m30s",
			set:   durationValue(&o.Timeout, "a duration", true)},
		&option{name: "start-timeout", group: groupRanks, arg: "D", def: "60s",
			usage: "fail when ranks have not found each other by then",
			set:   durationValue(&o.StartTimeout, "a duration", false)},
	}
}

// workFlags say what to compute, of what, and where it goes.
func workFlags(o *Options) []cli.Flag {
	return []cli.Flag{
		&option{name: "multinode", hidden: true, set: toggle(&o.multinode)},
		&option{name: "iterations", group: groupWork, arg: "N", def: "10", usage: "iterations that count",
			set: intValue(&o.Job.Iterations, 1, "a number of iterations")},
		&option{name: "burns", group: groupWork, arg: "N", def: "2", usage: "iterations before them, run and reported but not counted",
			set: intValue(&o.Job.Burns, 0, "a number of iterations")},
		&option{name: "size", group: groupWork, arg: "RxC|N", def: "1000x1000",
			usage: "rows x columns of an array; or N elements, as nearly square as N allows (10000000 is 3125x3200)",
			set:   sizeValue(&o.Job.Size, &o.SizeText)},
		&option{name: "mem", group: groupWork, arg: "M", def: "536870912",
			usage: "as many items as M bytes hold arrays, counted at one byte an element as the Python programs do; or 512MiB, 1.5GB",
			set:   parsed(&o.Job.Mem, job.ParseBytes)},
		&option{name: "items", group: groupWork, arg: "N", def: "by --mem", usage: "number of items",
			set: intValue(&o.Job.Items, 1, "a number of items")},
		choice(&o.Job.Distribution, "a distribution", job.ParseDistribution, option{
			name: "distribution", group: groupWork, arg: "broadcast|scatter", def: "broadcast",
			usage: "broadcast: one array to every rank; scatter: an array an item, the default for a 3-D --input and for kernels without parameters"}),
		choice(&o.Job.Schedule, "a schedule", job.ParseSchedule, option{
			name: "schedule", group: groupWork, arg: "static|dynamic", def: "static",
			usage: "static: equal shares of the items; dynamic: ranks take the next chunk when they are free"}),
		&option{name: "chunk", group: groupWork, arg: "K", def: "as many as suits",
			usage: "items that a rank takes at a time, with --schedule dynamic",
			set:   intValue(&o.Job.Chunk, 1, "a number of items")},
		&option{name: "work-time", python: []string{"work_time", "runtime"}, group: groupWork, arg: "SECONDS", def: "0",
			usage: "repeat an item's kernel until this much time has passed, then once more for the result; or 500ms",
			set:   workTimeValue(&o.Job.WorkTime)},
		choice(&o.Job.WorkMode, "a work mode", job.ParseWorkMode, option{
			name: "work-mode", group: groupWork, arg: "compute|sleep", def: "compute",
			usage: "sleep: let the work time pass asleep, to measure the run-time's own overhead"}),
		choice(&o.Job.Fill, "a fill", job.ParseFill, option{
			name: "fill", group: groupWork, arg: "random|zeros|ramp", def: "random", usage: "what generated arrays hold"}),
		&option{name: "seed", group: groupWork, arg: "N", def: "1", usage: "seed of generated arrays and filters",
			set: seedValue(&o.Job.Seed)},
		choice(&o.Job.DType, "a type of elements", job.ParseDType, option{
			name: "dtype", group: groupWork, arg: "float64|float32", def: "float64", usage: "type of elements, and of the arithmetic"}),
		&option{name: "in-place", group: groupWork,
			usage: "produce arrays where the ranks of rank 0's node read them, so that distributing them moves nothing there: not to be compared with runs without it",
			set:   toggle(&o.Job.InPlace)},
		&option{name: "verify", group: groupWork,
			usage: "recompute the last iteration's items with the reference kernel; a difference over the tolerance is exit status 3",
			set:   toggle(&o.Job.Verify)},

		&option{name: "kernel", group: groupKernel, arg: "NAME", def: "conv2d", usage: "what is computed for an item; numcomp kernels lists them",
			set: kernelValue(&o.Job.Kernel)},
		&option{name: "filter", group: groupKernel, arg: "RxC", def: "4x4", usage: "rows x columns of a generated filter",
			set: parsed(&o.Job.Filter, job.ParseShape)},
		&option{name: "stride", group: groupKernel, arg: "S", def: "5", usage: "keep every S-th row and column of the result",
			set: intValue(&o.Job.Options.Stride, 1, "a stride")},
		choice(&o.Job.Options.Mode, "a mode", kernels.ParseMode, option{
			name: "mode", group: groupKernel, arg: "full|same|valid", def: "full", usage: "how much of the convolution is kept, as in scipy"}),
		choice(&o.Job.Options.Boundary, "a boundary", kernels.ParseBoundary, option{
			name: "boundary", group: groupKernel, arg: "fill|wrap|symm", def: "fill", usage: "what lies outside of the image, as in scipy"}),
		&option{name: "fill-value", group: groupKernel, arg: "V", def: "0", usage: "the value outside of the image under --boundary fill",
			set: floatValue(&o.Job.Options.FillValue)},
		&option{name: "compute", group: groupKernel, arg: "kept|all", def: "kept",
			usage: "all: compute every output, then drop those that the stride drops, as scipy does",
			set:   computeValue(&o.Job.Options.ComputeAll)},
		choice(&o.Job.Options.Method, "a method", kernels.ParseMethod, option{
			name: "method", group: groupKernel, arg: "direct|auto|separable|fft", def: "direct",
			usage: "direct: scipy's sums, to the bit; auto: whichever is the fastest by a model of costs, with rounding errors of its own"}),

		&option{name: "input", group: groupFiles, arg: "A.npy", usage: "arrays: 2-D, the one that every item has; 3-D, an array an item",
			set: pathValue(&o.Job.Input, "a file")},
		&option{name: "filters", group: groupFiles, arg: "F.npy", usage: "filters: 2-D, the one that every item has; 3-D, a filter an item",
			set: pathValue(&o.Job.Filters, "a file")},
		&option{name: "output", group: groupFiles, arg: "R.npy", usage: "write the last iteration's results: items x rows x columns",
			set: pathValue(&o.Output, "a file")},
		&option{name: "json", group: groupFiles, arg: "FILE", usage: "write everything measured as JSON; - is standard output",
			set: pathValue(&o.JSON, "a file")},
		&option{name: "csv", group: groupFiles, arg: "FILE", usage: "write the iterations as CSV; - is standard output",
			set: pathValue(&o.CSV, "a file")},
	}
}

// otherFlags are for every command that needs a world.
func otherFlags(o *Options) []cli.Flag {
	return []cli.Flag{
		&option{name: "verbose", aliases: []string{"v"}, group: groupOther, usage: "tell what was detected and chosen",
			set: toggle(&o.Verbose)},
	}
}

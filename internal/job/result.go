package job

import (
	"time"

	"numcomp/internal/sysmem"
)

// Seconds are a phase's duration in seconds over all ranks.
type Seconds struct{ Mean, Max float64 }

// Iteration is what one iteration took. All ranks measure with their own
// monotonic clocks; the phases of different ranks overlap, so that they need not
// add up to Seconds.
type Iteration struct {
	// Index counts from 0, the burns included.
	Index int
	// Burn tells that the iteration is not counted.
	Burn bool
	// Seconds is from rank 0 leaving the barrier to rank 0 holding every result.
	Seconds float64
	// Distribute is waiting for and copying inputs, Compute the kernel and the
	// work time, Gather sending or receiving results, and Idle what is left of
	// Seconds: the rank had nothing to do.
	Distribute, Compute, Gather, Idle Seconds
	// BytesMoved and MessagesMoved are what the transports of all ranks sent; bytes
	// that rank 0 copied to memory of its node are among them.
	BytesMoved, MessagesMoved int64
	// ItemsElsewhere is how many items other ranks than rank 0 computed.
	ItemsElsewhere int64
}

// World is who computed.
type World struct {
	// Size is the number of ranks, Nodes of nodes.
	Size, Nodes int
	// SharedNodes is how many nodes' ranks have one copy of the data in common.
	SharedNodes int
	// Launcher and Engine are what the caller says started and connected the ranks.
	Launcher, Engine string
	// Transport is what the caller says carried messages within rank 0's node, and
	// NotShm why that was not shared memory.
	Transport, NotShm string
	// NotShared is why there is a node whose ranks have copies of their own, the
	// first that is known; empty: there is none.
	NotShared string
	// Kernel is the kernel's name, Variant the one that all ranks ran.
	Kernel, Variant string
}

// Result is the outcome of a job. It is complete on rank 0; on the other ranks
// all but Plan and World are zero.
type Result struct {
	World World
	Plan  Plan
	// Footprint is the data of rank 0, FootprintAll that of all ranks.
	Footprint, FootprintAll Footprint

	// Iterations has every iteration, the burns first.
	Iterations []Iteration
	// MeanSeconds and StdSeconds are over the counted iterations; StdSeconds is
	// the population's standard deviation, as numpy's.
	MeanSeconds, StdSeconds float64
	// ItemsPerSecond is Plan.Items over MeanSeconds.
	ItemsPerSecond float64

	// BytesDistributed and BytesGathered are what one iteration gives to and takes
	// from the ranks (Plan.BytesDistributed, Plan.BytesGathered).
	BytesDistributed, BytesGathered int64
	// BytesMoved and MessagesMoved are what the transports sent in an iteration, and
	// bytes that rank 0 copied to memory of its node, the mean over the counted ones.
	BytesMoved, MessagesMoved float64

	// NotShared is why ranks of a node that may have had memory in common have
	// copies of their own; nil: there are none such.
	NotShared error

	// SHA256 is the hash, in hexadecimal, of the last iteration's results in item
	// order, little-endian.
	SHA256 string
	// Verified tells that the results were compared with the reference kernel's and
	// found within the tolerance, and MaxULP by how much the element differed that
	// came closest to it, in units in the last place of the sum of magnitudes;
	// Tolerance is what is accepted of that element.
	Verified          bool
	MaxULP, Tolerance float64

	// StartSeconds is what the caller says that it took from the start of the
	// process to Run.
	StartSeconds float64
	// PeakRSS is the most memory in bytes that rank 0 had resident, PeakRSSMax the
	// most that any rank had. 0: unknown.
	PeakRSS, PeakRSSMax int64

	// Values64 or Values32 are the last iteration's results in item order, by the
	// plan's DType, if they were to be kept. They are gone after Close.
	Values64 []float64
	Values32 []float32
	free     func()
}

// Close gives back the memory of the values.
func (r *Result) Close() {
	r.Values64, r.Values32 = nil, nil
	if r.free != nil {
		r.free()
	}
	r.free = nil
}

// Counted are the iterations that are not burns.
func (r *Result) Counted() []Iteration {
	return r.Iterations[min(r.Plan.Config.Burns, len(r.Iterations)):]
}

// Options are what the caller of Run adds to the Config. They may differ from
// rank to rank; the callbacks are called on rank 0 alone, never two at once, and
// within the timer: they must be quick.
type Options struct {
	// Load reads rank 0's input; nil: there is none to read. Its error ends all
	// ranks; see UsageError.Usage.
	Load func() (*Input, error)
	// Launcher, Engine, Transport, NotShm and Start go to the Result.
	Launcher, Engine, Transport, NotShm string
	Start                               time.Duration
	// Moved tells what this rank's transport has sent so far; nil: unknown.
	Moved func() (messages, bytes int64)
	// Host is this machine's name, for messages.
	Host string

	// Activity, unless it is nil, is kept up to date while Run goes on.
	Activity *Activity
	// Started is called before the first iteration, with World, Plan and the
	// footprints set.
	Started func(*Result)
	// Items is called with how many of an iteration's items are done.
	Items func(iteration, done, total int)
	// Iterated is called after every iteration, with Index, Burn and Seconds set:
	// what the ranks measured is collected at the end.
	Iterated func(Iteration)

	// hooks are for tests.
	hooks hooks
}

type hooks struct {
	// poison overwrites before every iteration what must not be used in it.
	poison bool
	// available stands in for sysmem.Available.
	available func() (sysmem.Memory, error)
	// variant stands in for kernels.Best.
	variant func(name string) int
	// tamper changes the gathered results before they are verified.
	tamper func(values any)
}

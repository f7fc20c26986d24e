package job

import (
	"time"

	"numcomp/kernels"
)

// Config is what is asked for. It is the same on every rank: Run compares. The
// zero value of a field that says "unless" means that nothing was said.
type Config struct {
	// Kernel is a name of the registry, Options what the kernel is told.
	Kernel  string
	Options kernels.Options
	// DType is what arrays, parameters and results hold and what is computed in.
	DType DType

	// Size is the shape of one generated array: 1000x1000 unless said.
	Size kernels.Shape
	// Filter is the shape of an item's generated parameters: 4x4 unless said.
	Filter kernels.Shape
	// Items is the number of items, Mem what they are counted from as Python does,
	// floor(Mem / elements of one array): 536870912 unless either is said.
	Items int
	Mem   int64
	// Input and Filters name the files that rank 0 reads, for messages and to
	// compare; empty: what they would hold is generated.
	Input, Filters string
	// Fill and Seed are what generated arrays hold; parameters always are random.
	Fill Fill
	Seed uint64

	Distribution Distribution
	Schedule     Schedule
	// Chunk is how many items a rank takes at a time under the dynamic schedule;
	// 0: as many as suits (see chunk.go).
	Chunk int

	// Iterations are counted, after Burns that are run and reported only.
	Iterations, Burns int
	// WorkTime is wall time that every item takes before its result is computed.
	WorkTime time.Duration
	WorkMode WorkMode

	// Verify recomputes the last iteration's items with the reference kernel.
	Verify bool
	// InPlace has rank 0 produce arrays where its node's ranks read them, before the
	// iteration begins, so that distributing them moves nothing there.
	InPlace bool
	// KeepResults leaves the last iteration's results in the Result.
	KeepResults bool
}

const (
	defaultMem = 536870912 // Python's --mem
	// maxIterations bounds what the ranks remember of iterations: some 40 bytes each.
	maxIterations = 1_000_000_000
)

// Default is the Config of a command line without flags.
func Default() Config {
	return Config{
		Kernel:       "conv2d",
		Options:      kernels.Options{Mode: kernels.Full, Boundary: kernels.BoundaryFill, Stride: 5},
		DType:        Float64,
		Fill:         Random,
		Seed:         1,
		Distribution: Auto,
		Schedule:     Static,
		Iterations:   10,
		Burns:        2,
		WorkMode:     Compute,
	}
}

// Check reports, as a *UsageError, what cannot be whatever the files hold.
func (c Config) Check() error {
	entry, ok := kernels.Lookup(c.Kernel)
	if !ok {
		return usage("--kernel %s: there is no such kernel; `numcomp kernels` lists them", c.Kernel)
	}
	if _, err := kernels.New[float64](c.Kernel, 0, c.Options); err != nil {
		return usage("%v", err)
	}
	for _, choice := range []struct {
		flag string
		err  error
	}{
		{"dtype", second(ParseDType(string(c.DType)))},
		{"fill", second(ParseFill(string(c.Fill)))},
		{"schedule", second(ParseSchedule(string(c.Schedule)))},
		{"work-mode", second(ParseWorkMode(string(c.WorkMode)))},
	} {
		if choice.err != nil {
			return usage("--%s: %v", choice.flag, choice.err)
		}
	}
	if c.Distribution != Auto {
		if _, err := ParseDistribution(string(c.Distribution)); err != nil {
			return usage("--distribution: %v", err)
		}
	}
	switch none := (kernels.Shape{}); {
	case c.Iterations < 1 || c.Iterations > maxIterations:
		return usage("--iterations %d: must be from 1 to %d", c.Iterations, maxIterations)
	case c.Burns < 0 || c.Burns > maxIterations:
		return usage("--burns %d: must be from 0 to %d", c.Burns, maxIterations)
	case c.Items < 0:
		return usage("--items %d: must be positive", c.Items)
	case c.Mem < 0:
		return usage("--mem %d: must be positive", c.Mem)
	case c.Chunk < 0:
		return usage("--chunk %d: must be positive", c.Chunk)
	case c.Chunk > 0 && c.Schedule != Dynamic:
		return usage("--chunk %d: only the dynamic schedule has chunks; add --schedule dynamic", c.Chunk)
	case c.WorkTime < 0:
		return usage("--work-time %v: must not be negative", c.WorkTime)
	case c.Size != none && (c.Size.Rows < 1 || c.Size.Cols < 1):
		return usage("--size %v: rows and columns must be positive", c.Size)
	case c.Filter != none && (c.Filter.Rows < 1 || c.Filter.Cols < 1):
		return usage("--filter %v: rows and columns must be positive", c.Filter)
	case !entry.Params && c.Filters != "":
		return usage("--filters %s: the kernel %s has no parameters", c.Filters, c.Kernel)
	case !entry.Params && c.Filter != none:
		return usage("--filter %v: the kernel %s has no parameters", c.Filter, c.Kernel)
	case !entry.Params && c.Distribution == Broadcast:
		return usage("--distribution broadcast: the kernel %s has no parameters, so that all items of one array would be equal; it needs --distribution scatter", c.Kernel)
	}
	return nil
}

func second[A any](_ A, err error) error { return err }

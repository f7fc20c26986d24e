package job

import (
	"fmt"

	"numcomp/kernels"
)

// UsageError says that what was asked for cannot be: the command line should be
// changed, and nothing was computed.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// Usage tells that the error is one of usage. The error of Options.Load may have
// this method too: all ranks then get a *UsageError.
func (e *UsageError) Usage() bool { return true }

func usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// MemoryError says that a node has less memory than the job needs there. Nothing
// was allocated.
type MemoryError struct {
	// Host names the node; empty when nobody knows its name.
	Host string
	// Needed and Available are in bytes; Source is what says what is available.
	Needed, Available int64
	Source            string
	// Parts says what the memory is needed for, the largest part first.
	Parts string
	// Advice says what to do about it.
	Advice string
}

func (e *MemoryError) Error() string {
	host := e.Host
	if host == "" {
		host = "this machine"
	}
	return fmt.Sprintf("the job needs %s of memory on %s (%s), and %s are available there (%s): %s",
		describeBytes(e.Needed), host, e.Parts, describeBytes(e.Available), e.Source, e.Advice)
}

// VerifyError says that a result differs from the reference kernel's by more
// than the tolerance.
type VerifyError struct {
	// Item is the item's index, Row and Col the element's place in its result.
	Item, Row, Col int
	// Want is the reference's value and Got the job's; both fit a float64.
	Want, Got float64
	// Tolerance is the largest difference that is accepted for this element.
	Tolerance float64
	// Items is how many items differ, of those that were recomputed.
	Items int
	// Variant is the kernel's variant that computed Got.
	Variant string
	// Result is the shape of the item's result.
	Result kernels.Shape
}

func (e *VerifyError) Error() string {
	return fmt.Sprintf("verification failed: item %d, element (%d, %d) of its %v result is %v by the variant %q and %v by the reference, more than %.3g apart; %d items differ",
		e.Item, e.Row, e.Col, e.Result, e.Got, e.Variant, e.Want, e.Tolerance, e.Items)
}

// RankError is a failure of one rank that all ranks were told of. The rank itself
// has the cause as Err; the others have its text.
type RankError struct {
	// Rank is the rank that failed, Mine whether it is this one.
	Rank int
	Mine bool
	Err  error
}

func (e *RankError) Error() string {
	if e.Rank == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("rank %d: %v", e.Rank, e.Err)
}

// Unwrap returns the cause.
func (e *RankError) Unwrap() error { return e.Err }

package bench

import (
	"context"
	"math"
	"time"

	"numcomp/comm"
)

// clock is a monotonic clock that all processes of a machine read alike: the
// system's, by way of Go's own, which differs from it by a constant and is
// cheaper to read than a system call.
type clock struct {
	base   time.Time
	offset int64 // the system's clock, in nanoseconds, at base
}

// now is the time in nanoseconds since some moment that is the same for all
// processes of the machine.
func (k clock) now() int64 { return int64(time.Since(k.base)) + k.offset }

// readings is how many times the two clocks are compared.
const readings = 256

// newClock compares Go's clock with the system's. A reading of the system's
// between two of Go's says between what the constant lies; of many, the narrowest
// bounds remain, some 0.1 us apart, and alike in all processes.
func newClock(system func() int64) clock {
	k := clock{base: time.Now()}
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	for range readings {
		before := int64(time.Since(k.base))
		at := system()
		after := int64(time.Since(k.base))
		least, most = max(least, at-after), min(most, at-before)
	}
	k.offset = least + (most-least)/2
	return k
}

// oneClock is collective. It tells whether the clocks of all ranks are one
// machine's.
func oneClock(ctx context.Context, c *comm.Comm) (bool, error) {
	mine := []uint64{machineID()}
	least, most := make([]uint64, 1), make([]uint64, 1)
	if err := comm.Allreduce(ctx, c, mine, least, comm.Min[uint64]()); err != nil {
		return false, err
	}
	if err := comm.Allreduce(ctx, c, mine, most, comm.Max[uint64]()); err != nil {
		return false, err
	}
	return least[0] == most[0] && least[0] != 0, nil
}

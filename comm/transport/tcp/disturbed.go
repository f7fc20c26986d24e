package tcp

import (
	"sync/atomic"
	"time"
)

// disturbed tells whether somebody else lately had the CPU of a rank that was
// looking for messages. To be patient is right only on a CPU of one's own: who has
// used up its share waits for the others' time slices, milliseconds each, where one
// who slept is let in at once.
type disturbed struct {
	noted atomic.Pointer[time.Time]
}

// aftermath is how long lately is: long beside the time slice that it costs to find
// out again.
const aftermath = 100 * time.Millisecond

func (d *disturbed) note() {
	now := time.Now()
	d.noted.Store(&now)
}

func (d *disturbed) lately() bool {
	at := d.noted.Load()
	return at != nil && time.Since(*at) < aftermath
}

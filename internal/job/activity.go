package job

import (
	"sync/atomic"
	"time"
)

// Doing is what a rank does within a job.
type Doing byte

// Part of what ranks tell one another: they keep their numbers.
const (
	Elsewhere    Doing = iota // nothing that others wait for, as far as Run knows
	SettingUp                 // agreeing on the plan, taking memory
	Reading                   // or generating the input; rank 0 only
	Beginning                 // waiting for all ranks to begin an iteration
	Distributing              // what items need
	Computing                 // items
	Gathering                 // results, or waiting for those of others
)

// String names it by the phase of an iteration, or by what it is.
func (d Doing) String() string {
	switch d {
	case SettingUp:
		return "set-up"
	case Reading:
		return "reading"
	case Beginning:
		return "the iteration"
	case Distributing:
		return "distribute"
	case Computing:
		return "compute"
	case Gathering:
		return "gather"
	}
	return "nothing"
}

// Waits tells whether rank 0, while it does that, waits for other ranks.
func (d Doing) Waits() bool { return d != Elsewhere && d != Reading && d != Computing }

// Activity is what a rank does just now, for whoever asks while Run goes on: Run
// writes it, and others may read it at any time.
type Activity struct {
	base time.Time
	// now is what, in the low byte, and since how many ns after base.
	now atomic.Uint64
}

// NewActivity returns one that begins Elsewhere.
func NewActivity() *Activity { return &Activity{base: time.Now()} }

// Now tells what the rank does, and since when: the same when is the same turn.
func (a *Activity) Now() (what Doing, since time.Time) {
	now := a.now.Load()
	return Doing(now), a.base.Add(time.Duration(now >> 8))
}

// turn is enter now.
func (a *Activity) turn(what Doing) { a.enter(what, time.Now()) }

// enter notes that the rank does something else from at on. A nil Activity notes
// nothing.
func (a *Activity) enter(what Doing, at time.Time) {
	if a != nil {
		a.now.Store(uint64(at.Sub(a.base))<<8 | uint64(what))
	}
}

// reading is o.Load, noted as what it is.
func (o *Options) reading() (*Input, error) {
	if o.Load == nil {
		return nil, nil
	}
	o.Activity.turn(Reading)
	defer o.Activity.turn(SettingUp)
	return o.Load()
}

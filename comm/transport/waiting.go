package transport

import "time"

// Waiting is how a rank waits for a message: it looks again and again for Spin,
// gives its CPU to others between looks for Yield, and then sleeps until it is
// woken. The zero value sleeps at once. One policy serves every transport.
type Waiting struct {
	Spin  time.Duration
	Yield time.Duration
}

// WaitingFor is the policy for ranks on a node with cpus CPUs. To spin is right
// only where each rank has a CPU; a few ranks a CPU do better to hand it on for
// about as long as a sleep and its wake-up cost; more sleep at once.
func WaitingFor(ranks, cpus int) Waiting {
	switch {
	case ranks <= cpus:
		return Waiting{Spin: 20 * time.Microsecond}
	case ranks <= 4*cpus:
		return Waiting{Yield: 20 * time.Microsecond}
	}
	return Waiting{}
}

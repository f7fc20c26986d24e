package transport

import "time"

// Waiting is how a rank waits for a message: it looks again and again for Spin,
// gives its CPU to others between looks for Yield, and then sleeps until it is
// woken. The zero value sleeps at once. One policy serves every transport.
type Waiting struct {
	Spin  time.Duration
	Yield time.Duration
	// Turns is how often, at least, it gives its CPU to others while it waits at a
	// Word (Meeter), where the ranks of a node come together: each then has its turn
	// without being put to sleep and woken.
	Turns int
}

// turns takes some 2 us for each, about as much as to be put to sleep and woken: of a
// barrier of 128 processes on 2 CPUs, the longest wait is over after one or two.
const turns = 8

// WaitingFor is the policy for ranks on a node with cpus CPUs. To spin is right
// only where each rank has a CPU; a few ranks a CPU do better to hand it on for
// about as long as a sleep and its wake-up cost; more sleep at once, or, at words,
// after a few turns of others.
func WaitingFor(ranks, cpus int) Waiting {
	switch {
	case ranks <= cpus:
		return Waiting{Spin: 20 * time.Microsecond}
	case ranks <= 4*cpus:
		return Waiting{Yield: 20 * time.Microsecond, Turns: turns}
	}
	return Waiting{Turns: turns}
}

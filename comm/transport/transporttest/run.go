package transporttest

import (
	"testing"

	"numcomp/comm/transport"
)

// NewWorld makes a world of size ranks that live in this process; element r is
// the transport of rank r.
type NewWorld func(t *testing.T, size int) []transport.Transport

// subtest is one promise: a world of size ranks and what is done with it.
type subtest struct {
	name string
	size int
	body func(w *world)
}

// Run runs the suite, and those of the optional powers (transport.Sharer, Meeter,
// Direct) on a transport that has them. It takes a few seconds with a fast transport;
// under testing.Short the huge messages are smaller.
func Run(t *testing.T, newWorld func(t *testing.T, size int) []transport.Transport) {
	groups := [][]subtest{messageTests(), requestTests(), cancelTests(), endTests(), shareTests(), meetTests(), directTests()}
	for _, group := range groups {
		for _, s := range group {
			t.Run(s.name, func(t *testing.T) { runWatched(t, newWorld, s) })
		}
	}
}

// needing are tests of an optional power: a transport without it passes over them.
func needing(power string, has func(transport.Transport) bool, tests []subtest) []subtest {
	for i, s := range tests {
		tests[i].body = func(w *world) {
			for _, tr := range w.ranks {
				if !has(tr) {
					w.t.Skip("the transport is no " + power)
				}
			}
			s.body(w)
		}
	}
	return tests
}

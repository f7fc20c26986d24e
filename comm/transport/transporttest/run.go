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

// Run runs the suite, and those of transport.Sharer and
// transport.Direct on a transport which is one. It takes a few seconds with a fast transport; under
// testing.Short the huge messages are smaller.
func Run(t *testing.T, newWorld func(t *testing.T, size int) []transport.Transport) {
	groups := [][]subtest{messageTests(), requestTests(), cancelTests(), endTests(), shareTests(), meetTests(), directTests()}
	for _, group := range groups {
		for _, s := range group {
			t.Run(s.name, func(t *testing.T) { runWatched(t, newWorld, s) })
		}
	}
}

// Package mem is the in-process transport: the ranks of its world are
// goroutines of one process. Tests run on it, and a world of one.
//
// A message whose receive is posted is copied once, into the posted buffer, by
// whichever of the two calls came second. Otherwise a short message is kept as
// a copy, within a credit a pair of ranks, and a longer one waits in the
// sender's buffer, so nothing is buffered without bound and no tag holds up
// another. There are no goroutines.
//
// All ranks can have memory in common (transport.Sharer): it is the heap's, so that
// the race detector sees what they do to it.
package mem

// Package transport is the seam between comm's collectives and what carries
// their bytes: the Transport interface, its small optional powers and its
// errors. It imports nothing of numcomp's.
//
// The transports beneath it: tcp (pure Go), mem (goroutine ranks of one
// process); wrap decorates any of them; transporttest is the suite that every
// transport passes.
package transport

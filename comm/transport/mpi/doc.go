// Package mpi is the transport over Open MPI, through
// github.com/sbromberger/gompi. It is there only in binaries built with the tag
// mpi, which need cgo and a libmpi; without the tag the package is empty.
//
// gompi starts and stops MPI, gives ranks, aborts, and carries barriers,
// broadcasts and reductions of the world where it is right. seam.go and
// collectives.go call the rest of MPI.
//
// A message is one MPI message of the world's duplicate; a tag that fits, context
// and all, is an MPI tag, and others travel by a header (wide.go). What MPI does
// not have, the transport says by messages of its own (notice.go): that a rank has
// closed its transport, or that its world is broken.
//
// MPI itself cannot take a message back. So a cancelled context, and a broken
// world, leave MPI to be aborted: Process.Abort, not Process.Stop, is the next
// step then.
package mpi

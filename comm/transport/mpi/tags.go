//go:build mpi

package mpi

import (
	"math/bits"

	"numcomp/comm/transport"
)

// tags maps transport.Tags to those of MPI, which have at least 15 bits, with Open
// MPI 31 or 23 (UCX), and no context. The highest bit is clear in a tag that is a
// transport.Tag itself: as many bits of context as of value. Both fit in all but
// odd programs; for the others the highest bit is set, see below.
type tags struct{ half, top int }

// newTags divides the tags from 0 to highest.
func newTags(highest int) tags {
	n := bits.Len(uint(highest)+1) - 2 // the bits below the highest
	return tags{half: n / 2, top: 1 << n}
}

// direct is the MPI tag that stands for tag, if there is one.
func (t tags) direct(tag transport.Tag) (int, bool) {
	context, value := int(tag.Context()), tag.Value()
	return context<<t.half | value, context>>t.half == 0 && value>>t.half == 0
}

// notice is the tag of notices.
func (t tags) notice() int { return t.top }

// header is the tag of the headers of messages whose tag is none of MPI's.
func (t tags) header() int { return t.top + 1 }

// data is the tag of the data of the message of number seq. A pair of ranks never
// has so many under way that two have the same.
func (t tags) data(seq uint64) int { return t.top + 2 + int(seq%uint64(t.top-2)) }

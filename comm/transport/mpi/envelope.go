//go:build mpi

package mpi

import (
	"encoding/binary"

	"numcomp/comm/transport"
)

// A short message goes in an envelope: its bytes and a mark. Of a longer one the
// envelope has a header, and the bytes follow with a tag of their own, straight from
// the sender's memory into the receiver's. So a receive knows how long a message is
// before MPI writes into the buffer: what is too long for its receive Open MPI 4.1
// writes past the end, if it goes by the single copy of its shared memory or by the
// long messages of its TCP (docs/adr/0016-mpi-engine.md).
const (
	// short is the longest message that goes in its envelope: with the mark and
	// Open MPI's own header it is not over any of its transports' eager limits (the
	// smallest, of shared memory, is 4096).
	short = 4000

	markShort  = 0
	markHeader = 1
)

// header announces the bytes of a message.
type header struct {
	tag transport.Tag
	seq uint64 // the number of the message among those with headers of its pair
	n   int
}

const headerSize = 3 * 8

// encode writes h and its mark to b, and returns how long they are.
func (h header) encode(b []byte) int {
	binary.LittleEndian.PutUint64(b, uint64(h.tag))
	binary.LittleEndian.PutUint64(b[8:], h.seq)
	binary.LittleEndian.PutUint64(b[16:], uint64(h.n))
	b[headerSize] = markHeader
	return headerSize + 1
}

func decodeHeader(b []byte) header {
	return header{tag: transport.Tag(binary.LittleEndian.Uint64(b)), seq: binary.LittleEndian.Uint64(b[8:]), n: int(binary.LittleEndian.Uint64(b[16:]))}
}

// room is how long the envelope of a receive of from's messages into n bytes must be.
// Of its own messages a rank has room for all: of what it has sent to itself Open MPI 4.1
// writes short messages past the end of their receive too (1,000 bytes into 25, in C).
func (t *Transport) room(from, n int) int {
	if from == t.rank {
		n = short
	}
	return max(min(n, short), headerSize) + 1
}

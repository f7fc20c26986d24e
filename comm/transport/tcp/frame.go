package tcp

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A data connection carries frames: a header, and the payload of those kinds
// that have one. All of it is part of the wire format; integers are
// little-endian, payload is as it lay in the sender's memory.
//
//	+----------+-----------+--------------+------------+
//	| kind (1) | flags (1) | reserved (2) | credit (4) |
//	+----------+-----------+--------------+------------+
//	| tag (8)                                          |
//	+--------------------------------------------------+
//	| length (8)                                       |
//	+--------------------------------------------------+
//	| id (8)                                           |
//	+--------------------------------------------------+
//	| payload (length; eager and data only)            |
//	+--------------------------------------------------+
//
//	kind     tag  length          id  meaning
//	eager    x    of the message  -   a whole message
//	request  x    of the message  x   a message waits at its sender
//	clear    -    -               x   send it; flag drop: it ended, unsent
//	data     -    of this piece   x   the next piece of message id
//	credit   -    -               -   only for its credit field
//	goodbye  -    -               -   the last frame of a clean end
//
// credit, in any frame, is how many bytes of eager messages, each counted with
// eagerCost, have been consumed and may be sent anew. id is the sender's; it is
// unique among the messages that a connection's one side has under way.
const headerLen = 32

type frameKind uint8

const (
	kindEager   frameKind = 1
	kindRequest frameKind = 2
	kindClear   frameKind = 3
	kindData    frameKind = 4
	kindCredit  frameKind = 5
	kindGoodbye frameKind = 6
)

// flagDrop, of a clear: the message was longer than its receiver's buffer.
const flagDrop = 1

// Bounds of what a frame may announce, so that no header can ask for memory
// without bound.
const (
	maxEager = 1 << 20
	maxPiece = 1 << 30
)

// eagerCost is charged against the credit for each eager message besides its
// payload, so that empty messages are bounded too.
const eagerCost = 64

type header struct {
	kind   frameKind
	flags  uint8
	credit uint32
	tag    uint64
	length uint64
	id     uint64
}

func (h *header) hasPayload() bool { return h.kind == kindEager || h.kind == kindData }

func putHeader(b []byte, h header) {
	_ = b[headerLen-1]
	b[0], b[1], b[2], b[3] = byte(h.kind), h.flags, 0, 0
	binary.LittleEndian.PutUint32(b[4:], h.credit)
	binary.LittleEndian.PutUint64(b[8:], h.tag)
	binary.LittleEndian.PutUint64(b[16:], h.length)
	binary.LittleEndian.PutUint64(b[24:], h.id)
}

// parseHeader reads a header and checks all that can be checked without knowing
// the connection's state.
func parseHeader(b []byte) (header, error) {
	_ = b[headerLen-1]
	h := header{
		kind:   frameKind(b[0]),
		flags:  b[1],
		credit: binary.LittleEndian.Uint32(b[4:]),
		tag:    binary.LittleEndian.Uint64(b[8:]),
		length: binary.LittleEndian.Uint64(b[16:]),
		id:     binary.LittleEndian.Uint64(b[24:]),
	}
	limit, flags := uint64(0), uint8(0)
	switch h.kind {
	case kindEager:
		limit = maxEager
	case kindRequest:
		limit = math.MaxInt
	case kindClear:
		flags = flagDrop
	case kindData:
		limit = maxPiece
	case kindCredit, kindGoodbye:
	default:
		return h, &FrameError{fmt.Sprintf("kind %d is unknown", b[0])}
	}
	switch {
	case h.length > limit:
		return h, &FrameError{fmt.Sprintf("length %d of a frame of kind %d", h.length, h.kind)}
	case h.flags&^flags != 0 || b[2] != 0 || b[3] != 0:
		return h, &FrameError{fmt.Sprintf("unknown flags in a frame of kind %d", h.kind)}
	}
	return h, nil
}

// FrameError means that a connection carries what no rank sends: memory or the
// network has corrupted it, or the program has a bug.
type FrameError struct {
	What string
}

func (e *FrameError) Error() string { return "damaged frame: " + e.What }

package shm

// frameHeader is the length in bytes of a frame's header: kind and payload's
// length in one word, tag, and two words that depend on the kind.
const frameHeader = 32

// frame is the header of what goes through a ring.
type frame struct {
	kind kind
	tag  uint64
	a, b uint64
}

// kind says what a frame is.
type kind uint8

const (
	// eager is a whole message. a: the head of the ring in the other direction, so
	// that its sender knows without another look what has been consumed.
	eager kind = iota + 1
	// offer is a message that stays with its sender for now. a: its length;
	// b: the offer's ticket. Payload: the address of its bytes.
	offer
	// done ends an offer: its bytes have been copied, or are not wanted. b: ticket.
	done
	// ask wants the bytes of an offer through the ring, since they cannot be
	// copied, or should not. a: the receiver's number for it; b: ticket; tag: where
	// in the message to begin.
	ask
	// piece is a part of a message asked for. a: the receiver's number; b: where
	// in the message it belongs.
	piece
	// part is the same, but its bytes are in the pipe. tag: their number.
	part
)

// frameLen is the room in bytes that a frame with a payload of n bytes takes.
func frameLen(n int) uint64 {
	return uint64(frameHeader + (n+frameAlign-1)&^(frameAlign-1))
}

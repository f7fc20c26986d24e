package transport

import "context"

// Tag matches a message to the receive posted for it. The high 32 bits are the
// communicator's context id, the low 31 bits the tag that the caller chose.
// Part of the wire format.
type Tag uint64

// MaxTag is the largest tag value: tags have 31 bits.
const MaxTag = 1<<31 - 1

// NewTag joins a communicator's context id and a tag in [0, MaxTag].
func NewTag(context uint32, tag int) Tag { return Tag(context)<<32 | Tag(tag&MaxTag) }

// Context is the communicator's context id.
func (t Tag) Context() uint32 { return uint32(t >> 32) }

// Value is the tag within the communicator.
func (t Tag) Value() int { return int(t & MaxTag) }

// Request is one operation under way. It belongs to the Transport that made it.
type Request interface {
	// N is the length in bytes of the message sent or received. It is
	// meaningful once Wait has returned without an error.
	N() int
}

// Transport carries messages between the ranks of one world.
//
// Messages between one pair of ranks with one tag arrive in the order in which
// they were sent; messages of different tags never block one another. A receive
// names its sender: there are no wildcards. A message longer than the buffer
// posted for it fails that receive with ErrTruncated; a shorter one is fine and
// Request.N tells its length. A rank may send to itself.
//
// All methods may be called from several goroutines at once.
type Transport interface {
	// Rank is this process's rank, in [0, Size).
	Rank() int
	// Size is the number of ranks in the world.
	Size() int

	// Isend starts to send p to rank to. p belongs to the transport, and must
	// not be written, until Wait returns for the request.
	Isend(to int, tag Tag, p []byte) Request
	// Irecv posts p for the next message of rank from with this tag. p belongs
	// to the transport, and must be neither read nor written, until Wait
	// returns for the request.
	Irecv(from int, tag Tag, p []byte) Request

	// Wait blocks until every request has ended and returns the first error
	// among them. It returns only when no buffer of theirs is touched any
	// longer. A context that ends before the requests do breaks the whole
	// world: a message half sent cannot be taken back. Waiting again for a request
	// that has ended tells how it did.
	Wait(ctx context.Context, reqs ...Request) error

	// Close ends the transport: what was sent and taken over is delivered
	// first, within a bound; then every pending operation fails with ErrClosed.
	// It waits for the transport's own goroutines.
	Close() error
}

// Breaker is a Transport whose world can be ended from outside, as the control
// tree does when a rank has died.
type Breaker interface {
	// Break fails every pending and every later operation with cause. Only the
	// first call has an effect.
	Break(cause error)
}

package transport

// Sharer is a Transport some of whose ranks can have memory in common. It is an
// optional power: a Transport without it carries messages only.
type Sharer interface {
	// Near tells whether rank may be able to map this rank's memory: a
	// candidate, to be proved by Attach. A rank is near itself.
	Near(rank int) bool
	// Allocate makes a segment of n bytes, zeroed, that other ranks may attach.
	// It takes memory only as pages are written; the caller checks beforehand
	// that they will be there.
	Allocate(n int) (Segment, error)
	// Attach maps n bytes of the segment that rank owner allocated and named by
	// handle, for reading and, if writable, writing. An error means that the two
	// ranks do not share memory, or that owner has closed the segment.
	Attach(owner int, handle Handle, n int, writable bool) (Segment, error)
}

// Handle names a segment to the other ranks. It is two words, fit to be sent.
type Handle [2]uint64

// Segment is memory that ranks of one node have in common.
type Segment interface {
	// Bytes is the memory. It starts at a page's boundary, and must not be
	// touched after Close.
	Bytes() []byte
	// Populate takes all of the memory now, in pages as large as the system gives,
	// and near the caller's CPU. It is advice, for an owner who will write all of it:
	// where the system cannot, memory is taken as it is written.
	Populate()
	// Handle is what Attach takes.
	Handle() Handle
	// Close gives back this rank's mapping. The memory lives until all ranks
	// that have mapped it have closed it; nobody can attach it once its owner
	// has.
	Close() error
}

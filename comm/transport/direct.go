package transport

import "context"

// Direct is a Transport that sends and receives, and waits, in one call: for a
// short message a Request costs more than its way. It is an optional power.
type Direct interface {
	// Send is Isend and Wait.
	Send(ctx context.Context, to int, tag Tag, p []byte) error
	// Recv is Irecv and Wait. n is the length of the message in bytes.
	Recv(ctx context.Context, from int, tag Tag, p []byte) (n int, err error)
}

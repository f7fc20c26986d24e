package rendezvous

import "context"

// Store is what ranks share before they have connections: a small write-once
// key-value store of one job. Keys are at most 63 and values at most 1023 bytes
// of printable ASCII without space, '\', ';' or '=' (what PMI-1 carries).
type Store interface {
	// Put publishes value under key, for all ranks once all have committed.
	Put(ctx context.Context, key, value string) error
	// Commit is called once by every rank, after its Puts and before its Gets.
	// It may be a barrier.
	Commit(ctx context.Context) error
	// Get returns the value of key. It waits for a key that is not there yet
	// where the store can tell that it may still come.
	Get(ctx context.Context, key string) (string, error)
	// Close releases the store. Values need not outlive it.
	Close() error
}

// Ending is a Store that learns, from others who use it, that there will be no start.
type Ending interface {
	Store
	// Ended is closed then, and why is the StartError.
	Ended() (ended <-chan struct{}, why func() error)
}

package rendezvous

import (
	"context"
	"fmt"
	"sync"
)

// board is values that are each written once, and those who wait for them.
type board struct {
	mu      sync.Mutex
	values  map[string]string
	failure error
	changed chan struct{} // closed and renewed when values or failure change
	ended   chan struct{} // closed when failure is a StartError: there will be no start
}

func newBoard() *board {
	return &board{values: map[string]string{}, changed: make(chan struct{}), ended: make(chan struct{})}
}

// put writes a value. The same once more is no error: it came by two ways.
func (b *board) put(key, value string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.values[key]; ok {
		if old != value {
			return twice(key)
		}
		return nil
	}
	b.values[key] = value
	b.announce()
	return nil
}

// fail ends every wait, now and later. The first failure stays.
func (b *board) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failure == nil {
		b.failure = err
		if _, ok := err.(*StartError); ok {
			close(b.ended)
		}
		b.announce()
	}
}

func (b *board) announce() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// get waits until key is there, the board has failed, or ctx ends.
func (b *board) get(ctx context.Context, key string) (string, error) {
	for {
		b.mu.Lock()
		value, ok := b.values[key]
		failure, changed := b.failure, b.changed
		b.mu.Unlock()
		switch {
		case ok:
			return value, nil
		case failure != nil:
			return "", failure
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", fmt.Errorf("%s was not published: %w", key, context.Cause(ctx))
		}
	}
}

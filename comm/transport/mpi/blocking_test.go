//go:build mpi

package mpi

import (
	"context"
	"testing"
)

// TestEndOfAnEarlierContext: a context that ends when its call is over does not break
// the world for the next call, whose context is another or none.
func TestEndOfAnEarlierContext(t *testing.T) {
	tr := &Transport{}
	for i := range 20000 {
		earlier, cancel := context.WithCancel(context.Background())
		next, end := context.Background(), context.CancelFunc(func() {})
		if i%2 == 0 {
			next, end = context.WithCancel(next)
		}
		if err := tr.enter(earlier); err != nil {
			t.Fatal(err)
		}
		if err := tr.leave(earlier, nil); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := tr.enter(next); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if err := tr.leave(next, nil); err != nil {
			t.Fatal(err)
		}
		end()
	}
	tr.blockings.close(turn{})
	if s := tr.stopped.Load(); s != nil {
		t.Fatal(s.cause)
	}
}

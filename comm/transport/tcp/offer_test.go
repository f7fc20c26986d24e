package tcp

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"numcomp/comm/transport"
)

// A long message moves although its sender does not wait for it, also after the
// sender has waited for another.
func TestUnattended(t *testing.T) {
	for _, tc := range []struct {
		name    string
		waiting transport.Waiting
	}{
		{"Spins", transport.Waiting{Spin: 20 * time.Microsecond, Yield: 20 * time.Microsecond}},
		{"Yields", transport.Waiting{Yield: 20 * time.Microsecond}},
		{"Sleeps", transport.Waiting{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ranks := newWorldOf(t, 2, "127.0.0.1", Options{Waiting: tc.waiting})
			for _, tr := range ranks {
				tr.sweeper.running = true // so that it never runs, which would see to them late
			}
			for round := range 30 {
				// Ranks take turns at being the one that leaves its messages alone.
				if err := unattended(t, ranks[round%2], ranks[1-round%2]); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
			}
			closeTogether(ranks)
		})
	}
}

// unattended has a busy rank start to send two long messages and wait for the first
// only. The other waits for both, and only then does the busy one.
func unattended(t *testing.T, busy, other *Transport) error {
	const n, tag = 300_000, 1
	ctx := testContext(t)
	received := make(chan error, 1)
	go func() {
		p := make([]byte, n)
		_, first := other.Recv(ctx, busy.Rank(), tag, p)
		_, second := other.Recv(ctx, busy.Rank(), tag, p)
		received <- errors.Join(first, second)
	}()
	first := busy.Isend(other.Rank(), tag, make([]byte, n))
	second := busy.Isend(other.Rank(), tag, make([]byte, n))
	if err := busy.Wait(ctx, first); err != nil {
		return fmt.Errorf("the message that is waited for: %w", err)
	}
	if err := <-received; err != nil {
		return fmt.Errorf("the receiver: %w", err)
	}
	return busy.Wait(ctx, second)
}

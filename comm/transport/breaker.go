package transport

import (
	"context"
	"errors"
	"fmt"
)

// Cause is why ctx ended: its error, and what it was cancelled with.
func Cause(ctx context.Context) error {
	err, why := ctx.Err(), context.Cause(ctx)
	if why == nil || errors.Is(err, why) {
		return err
	}
	return fmt.Errorf("%w: %w", err, why)
}

// BreakWith breaks b should ctx end before the returned function is called, which
// waits for a Break under way.
func BreakWith(ctx context.Context, b Breaker) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	broken := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(broken)
		b.Break(Cause(ctx))
	})
	return func() {
		if !unwatch() {
			<-broken
		}
	}
}

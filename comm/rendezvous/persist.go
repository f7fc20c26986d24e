package rendezvous

import (
	"context"
	"errors"
	"os/exec"
	"time"
)

const (
	persistTries = 3
	persistPause = 250 * time.Millisecond
)

// persist asks a command of the scheduler's, which is installed, up to three times:
// while a large step starts, the daemon behind it may be late or hang up.
func persist[T any](ctx context.Context, ask func() (T, error)) (answer T, err error) {
	wait := persistPause
	for try := 1; ; try++ {
		answer, err = ask()
		if err == nil || errors.Is(err, exec.ErrNotFound) || try == persistTries || pause(ctx, wait) != nil {
			return answer, err
		}
		wait *= 2
	}
}

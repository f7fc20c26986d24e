package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// signalStatus plus the signal's number is the status of a process that a signal
// has ended, as shells count.
const signalStatus = 128

// endedBy begins the text of a signalError, by which other ranks know it.
const endedBy = "ended by "

// signalError is that a signal has ended this process.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return endedBy + unix.SignalName(e.signal) }

// untilSignal is the context of the process. The first signal ends it; the second ends
// the process. An interrupt that was ignored from the start, as in a shell's background
// job, stays so. Signals are not given back: that takes as many changes of threads as
// a barrier, in each of a job's ranks, for a process that ends.
func untilSignal() context.Context {
	ending := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(os.Interrupt) {
		ending = append(ending, os.Interrupt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	context.AfterFunc(ctx, stop)
	return ctx
}

// because is err, or, if err is only that ctx has ended, what has ended it: a
// signal (signalError) or a timeout with its name.
func because(ctx context.Context, err error) error {
	if s, ok := signalOf(ctx); ok && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		return &signalError{s}
	}
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.DeadlineExceeded) {
		return cause
	}
	return err
}

// signalOf is the signal that ended a context of signal.NotifyContext, which
// leaves its text as the cause.
func signalOf(ctx context.Context) (syscall.Signal, bool) {
	cause := context.Cause(ctx)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if cause != nil && cause.Error() == s.String()+" signal received" {
			return s, true
		}
	}
	return 0, false
}

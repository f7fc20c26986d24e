package cli

import (
	"errors"
	"fmt"
	"io"

	"numcomp/internal/job"
)

// Exit statuses.
const (
	statusDone   = 0
	statusFailed = 1 // failed while running
	statusUsage  = 2 // the command line, or what it names, cannot be right
	statusVerify = 3 // --verify found a difference
)

// usageError is bad usage: one line that names the flag, the value and what is
// accepted, and at most one line of advice.
type usageError struct {
	err  error
	hint string // empty: advise sets it
}

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

// Usage tells the job whether its other ranks are to end as of bad usage too.
func (e *usageError) Usage() bool { return statusOf(e) == statusUsage }

// usagef is a usage error without a hint of its own.
func usagef(format string, args ...any) *usageError {
	return &usageError{err: fmt.Errorf(format, args...)}
}

// withHint sets the line of advice.
func (e *usageError) withHint(format string, args ...any) *usageError {
	e.hint = fmt.Sprintf(format, args...)
	return e
}

// statusError ends the process with a status other than 1. Err may be nil: what
// there was to say has been said already (by the ranks that a launcher ran).
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// finish tells err on w and is the exit status that it means.
func finish(w io.Writer, color bool, err error) int {
	if err == nil {
		return statusDone
	}
	var silent *statusError
	if errors.As(err, &silent) && silent.err == nil {
		return silent.status
	}
	status := statusOf(err)
	prefix := "numcomp:"
	if color {
		prefix = "\x1b[1;31m" + prefix + "\x1b[0m"
	}
	fmt.Fprintln(w, prefix, err)
	var usage *usageError
	if errors.As(err, &usage) && usage.hint != "" {
		fmt.Fprintln(w, usage.hint)
	}
	return status
}

// statusOf is the exit status that err means. A rank that was told of another's
// bad usage ends with the same status.
func statusOf(err error) int {
	var withStatus *statusError
	var usage *usageError
	var jobUsage *job.UsageError
	var signal *signalError
	var memory *job.MemoryError
	var verify *job.VerifyError
	switch {
	case errors.As(err, &withStatus):
		return withStatus.status
	case errors.As(err, &signal):
		return signalStatus + int(signal.signal)
	case errors.As(err, &memory):
		return statusFailed // it may be enough elsewhere, or later
	case errors.As(err, &usage), errors.As(err, &jobUsage):
		return statusUsage
	case errors.As(err, &verify):
		return statusVerify
	}
	return statusFailed
}

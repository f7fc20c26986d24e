package launch

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// StatusTimeout is the status of a job that its timeout has ended, as of timeout(1).
const StatusTimeout = 124

// Status is how a job has ended.
type Status struct {
	// Code is what the launcher should exit with: 0; the exit status of the
	// first rank that failed, or 128 + the signal that killed it; 128 + the
	// signal that ended the job; 124 after the timeout; 127 or 126 if the
	// program was not found or could not be run; else 1.
	Code int
	// Started is how long it took until every rank was started; 0 if they never were.
	Started time.Duration
}

// RankError is the first rank that failed; it ended the job.
type RankError struct {
	Rank int
	PID  int // 0: it was not started
	Host string
	// Code is its exit status, Signal what killed it; both are 0 if Text says
	// what happened instead.
	Code   int
	Signal syscall.Signal
	// Text is why, as far as is known.
	Text string
}

func (e *RankError) Error() string {
	who := fmt.Sprintf("rank %d (host %s", e.Rank, e.Host)
	if e.PID > 0 {
		who = fmt.Sprintf("rank %d (pid %d, host %s", e.Rank, e.PID, e.Host)
	}
	switch {
	case e.Signal != 0:
		s := fmt.Sprintf("%s) was killed by signal %d (%v)", who, int(e.Signal), e.Signal)
		if e.Text != "" {
			s += ": " + e.Text
		}
		return s
	case e.Code != 0:
		return fmt.Sprintf("%s) exited with status %d", who, e.Code)
	default:
		return who + ") " + e.Text
	}
}

// EndedError is a job that was ended from outside.
type EndedError struct {
	// By is the signal; 0 if Timeout or a context did it.
	By      syscall.Signal
	Timeout time.Duration
	Cause   error
}

func (e *EndedError) Error() string {
	switch {
	case e.By != 0:
		return "the job was ended by " + unix.SignalName(e.By)
	case e.Timeout != 0:
		return fmt.Sprintf("the job was ended after its timeout of %v", e.Timeout)
	default:
		return "the job was ended: " + e.Cause.Error()
	}
}

func (e *EndedError) Unwrap() error { return e.Cause }

// AgentError is an agent that could not be started, or was lost with its ranks.
type AgentError struct {
	Host string
	PID  int // 0: it did not get so far
	Err  error
	// Said is the last that it, or what was to start it, wrote to its standard error.
	Said string
	// Advice is what that means and what to do, if it is known.
	Advice string
}

func (e *AgentError) Error() string {
	s := fmt.Sprintf("host %s: its agent was not started: %v", e.Host, e.Err)
	if e.PID > 0 {
		s = fmt.Sprintf("agent on host %s (pid %d): %v", e.Host, e.PID, e.Err)
	}
	said := strings.TrimSpace(e.Said)
	long := strings.Contains(said, "\n")
	if said != "" && !long {
		s += "; it said: " + said
	}
	if e.Advice != "" {
		s += "; " + e.Advice
	}
	if long { // what to do would be lost behind it
		s += "\nit said:\n  " + strings.ReplaceAll(said, "\n", "\n  ")
	}
	return s
}

func (e *AgentError) Unwrap() error { return e.Err }

package rendezvous

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"

	"numcomp/comm/transport"
)

// RankError says that a rank of the job is gone, and how: every rank that
// survives it ends with the same one.
type RankError struct {
	Rank int
	Host string // "" if not known
	PID  int    // 0 if not known
	// Err is "connection closed" when the rank's process ended without a word,
	// else what it said itself (errors.Is ErrAborted), or how its connection
	// was lost.
	Err error
}

// Error reads "rank 3 (host n4, pid 77) died: connection closed".
func (e *RankError) Error() string {
	what := "died"
	if errors.Is(e.Err, ErrAborted) {
		what = "gave up"
	}
	return fmt.Sprintf("%s %s: %v", transport.RankName(e.Rank, e.Host, e.PID), what, e.Err)
}

// Unwrap returns Err.
func (e *RankError) Unwrap() error { return e.Err }

// ErrAborted is in the chain of a RankError whose rank told the others itself
// why it gave up.
var ErrAborted = errors.New("aborted")

// ErrConnectionClosed is in the chain of a RankError whose rank ended without a
// word: killed, crashed, or its host went down.
var ErrConnectionClosed = errors.New("connection closed")

// StartError says why the job did not start; all ranks that could be reached
// end with the same text.
type StartError struct {
	Text string
	// Err is the cause, at the rank that it came from.
	Err error
}

// Error is the text.
func (e *StartError) Error() string { return e.Text }

// Unwrap returns Err.
func (e *StartError) Unwrap() error { return e.Err }

// abortError is the reason that another rank gave for giving up.
type abortError string

func (e abortError) Error() string        { return string(e) }
func (e abortError) Is(target error) bool { return target == ErrAborted }

// How a rank ended; part of the wire format.
const (
	endClosed  = 0
	endAborted = 1
	endOther   = 2
)

func appendVerdict(b []byte, v *RankError) []byte {
	how, text := endOther, v.Err.Error()
	switch {
	case errors.Is(v.Err, ErrConnectionClosed):
		how, text = endClosed, ""
	case errors.Is(v.Err, ErrAborted):
		how = endAborted
	}
	b = binary.AppendUvarint(b, uint64(v.Rank))
	b = binary.AppendUvarint(b, uint64(v.PID))
	b = binary.AppendUvarint(b, uint64(how))
	b = appendString(b, cut(v.Host))
	return appendString(b, text[:min(len(text), maxNote/2)])
}

func decodeVerdict(body []byte, size int) (*RankError, error) {
	d := decoder{rest: body}
	v := &RankError{Rank: d.below("rank", size), PID: d.below("pid", 1<<31)}
	how := d.below("kind of end", endOther+1)
	v.Host = d.string()
	text := d.string()
	if err := d.end(); err != nil {
		return nil, err
	}
	switch how {
	case endClosed:
		v.Err = ErrConnectionClosed
	case endAborted:
		v.Err = abortError(text)
	case endOther:
		v.Err = errors.New(text)
	}
	return v, nil
}

// closed reduces the ways in which the kernel reports that the process at the
// other end is gone to one.
func closed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return ErrConnectionClosed
	}
	return err
}

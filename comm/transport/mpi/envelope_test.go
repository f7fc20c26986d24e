//go:build mpi

package mpi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"numcomp/comm/transport"
)

// TestTooShort: a receive that ends with an error of MPI's, as one whose envelope is
// too small for the message, gives its envelope back; and of a rank's message to itself
// nothing is written past the envelope, which ends the process at the latest when MPI
// frees its memory.
func TestTooShort(t *testing.T) {
	for _, np := range []int{1, 2} {
		if out, err := mpirun(t, np, []string{shortVariable + "=1"}, os.Args[0]).CombinedOutput(); err != nil {
			t.Errorf("%d ranks: %v\n%s", np, err, out)
		}
	}
}

// receiveTooShort is the life of a rank of TestTooShort: the first sends to the last.
func receiveTooShort() error {
	p, size, err := startRank()
	if err != nil {
		return err
	}
	tr, err := p.Open()
	if err != nil {
		return err
	}
	ctx, tag := context.Background(), transport.NewTag(0, 1)
	message, in := make([]byte, 1000), make([]byte, 10)
	for _, way := range []struct {
		name    string
		receive func() error
	}{
		{"Irecv", func() error { return tr.Wait(ctx, tr.Irecv(0, tag, in)) }},
		{"Recv", func() error {
			_, err := tr.Recv(ctx, 0, tag, in)
			return err
		}},
	} {
		var sent []transport.Request
		if tr.Rank() == 0 {
			sent = append(sent, tr.Isend(size-1, tag, message))
		}
		if tr.Rank() == size-1 {
			if err := way.receive(); !errors.Is(err, transport.ErrTruncated) {
				return fmt.Errorf("%s of 1000 bytes into 10: %v, want %v", way.name, err, transport.ErrTruncated)
			}
			if size > 1 && tr.envelopes.next[0].Load() == nil {
				return fmt.Errorf("%s: its envelope has not come back", way.name)
			}
			tr.envelopes.take(1) // the next way needs one of its own
		}
		if err := tr.Wait(ctx, sent...); err != nil {
			return err
		}
	}
	tr.Close()
	p.Stop()
	return nil
}

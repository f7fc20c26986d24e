package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"numcomp/comm/rendezvous"
	"numcomp/internal/job"
	"numcomp/launch"
)

// TestWhoTells: of every kind of failure, who of a launcher's ranks tells it.
// Ranks that were started by hand all do.
func TestWhoTells(t *testing.T) {
	died := &rendezvous.RankError{Rank: 2, Err: rendezvous.ErrConnectionClosed}
	gaveUp := &rendezvous.RankError{Rank: 2, Err: aborted{}}
	for _, c := range []struct {
		what     string
		err      error
		launcher string
		tells    []int // of ranks 0 to 3
	}{
		{"this rank alone knows", errors.New("odd"), launch.OpenMPI, []int{0, 1, 2, 3}},
		{"rank 2 died", died, launch.OpenMPI, []int{0}},
		{"rank 2 died, and its launcher tells how", died, launch.Numcomp, nil},
		{"rank 2 gave up", gaveUp, launch.OpenMPI, []int{2}},
		{"rank 2 gave up", gaveUp, launch.Numcomp, []int{2}},
		{"another rank's start failed", &rendezvous.StartError{Text: "start"}, launch.MPICH, nil},
		{"this rank's start failed", &rendezvous.StartError{Text: "start", Err: errors.New("odd")}, launch.MPICH, []int{0, 1, 2, 3}},
		{"all agree, on another's failure", &job.RankError{Rank: 1, Err: errors.New("odd")}, launch.MPICH, nil},
		{"all agree, on this one's failure", &job.RankError{Rank: 1, Mine: true, Err: errors.New("odd")}, launch.MPICH, []int{0, 1, 2, 3}},
	} {
		var tells []int
		for rank := range 4 {
			var other *elsewhere
			if !errors.As(new(process).once(launch.Place{Launcher: c.launcher, Rank: rank}, c.err), &other) {
				tells = append(tells, rank)
			}
			if errors.As(new(process).once(launch.Place{Launcher: byHand, Rank: rank}, c.err), &other) {
				t.Errorf("%s: rank %d, started by hand, is silent", c.what, rank)
			}
		}
		if len(tells) != len(c.tells) || len(tells) > 0 && tells[0] != c.tells[0] {
			t.Errorf("%s (%s): ranks %v tell, want %v", c.what, c.launcher, tells, c.tells)
		}
	}
}

// TestLeftToEnd: srun ends nobody, so ranks go quietly where another tells.
func TestLeftToEnd(t *testing.T) {
	quiet := &elsewhere{&rendezvous.RankError{Rank: 5, Err: rendezvous.ErrConnectionClosed}}
	head := &elsewhere{&rendezvous.RankError{Rank: 0, Err: rendezvous.ErrConnectionClosed}}
	for _, c := range []struct {
		what     string
		err      error
		launcher string
		tell     int // local ranks below this one
	}{
		{"rank 5 died", quiet, launch.Slurm, 0},
		{"rank 0 died", head, launch.Slurm, 2},
		{"usage", usagef("odd"), launch.Slurm, 1},
		{"rank 5 died", quiet, launch.OpenMPI, 4},
		{"usage", usagef("odd"), launch.MPICH, 4},
	} {
		for local := range 4 {
			p := &process{detected: &detected{place: launch.Place{Launcher: c.launcher, Rank: 10 + local, LocalRank: local}}}
			if got := p.leftToEnd(c.err); got != (local >= c.tell) {
				t.Errorf("%s under %s, local rank %d: quiet is %v", c.what, c.launcher, local, got)
			}
		}
	}
}

type aborted struct{}

func (aborted) Error() string        { return "aborted" }
func (aborted) Is(target error) bool { return target == rendezvous.ErrAborted }

// TestSignalDuringStart: a start that a signal has ended is one that a signal has
// ended, not a rank that could not start.
func TestSignalDuringStart(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("terminated signal received") // as of signal.NotifyContext
	cancel(cause)
	err := because(ctx, &rendezvous.StartError{Text: "start: rank 0 ended", Err: cause})
	if statusOf(err) != 143 || err.Error() != "ended by SIGTERM" {
		t.Errorf("status %d: %v", statusOf(err), err)
	}
}

// TestDrain: it waits for a pipe's reader, and for nobody else.
func TestDrain(t *testing.T) {
	drain(new(bytes.Buffer), time.Hour)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.WriteString("unread"); err != nil {
		t.Fatal(err)
	}
	drain(w, time.Nanosecond) // bounded
	drained := make(chan struct{})
	go func() { defer close(drained); drain(w, time.Hour) }()
	select {
	case <-drained:
		t.Fatal("it did not wait for the reader")
	case <-time.After(20 * time.Millisecond):
	}
	var got [len("unread")]byte
	if _, err := r.Read(got[:]); err != nil || !strings.HasPrefix("unread", string(got[:])) {
		t.Fatalf("%q, %v", got, err)
	}
	select {
	case <-drained:
	case <-time.After(30 * time.Second):
		t.Fatal("it waits although all was read")
	}
}

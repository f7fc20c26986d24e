package rendezvous

import (
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"
)

// answers waits until a roll call at c has so many.
func answers(ctx context.Context, c *Control, n int) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ; ctx.Err() == nil; <-tick.C {
		c.mu.Lock()
		have := 0
		if c.call != nil {
			have = len(c.call.roll.Answers)
		}
		c.mu.Unlock()
		if have == n {
			return true
		}
	}
	return false
}

func TestRollCall(t *testing.T) {
	const size = 15 // fan 2: 0; 1, 2; 3..6; 7..14
	w := joined(t, worldOptions{size: size, fan: 2})
	for r, k := range w {
		if r != 5 { // which has nothing to say
			k.world.Control.OnAsk(func() (byte, time.Duration) { return byte(10 + r), time.Duration(r) * time.Second })
		}
	}
	root := w[0].world.Control
	for range 2 {
		roll := root.RollCall(deadline(t))
		if len(roll.Answers) != size-1 || len(roll.Silent) != 0 || roll.Behind != 0 {
			t.Fatalf("all answer, and yet: %+v", roll)
		}
		slices.SortFunc(roll.Answers, func(a, b Answer) int { return a.Rank - b.Rank })
		for i, a := range roll.Answers {
			want := Answer{Rank: i + 1, Doing: byte(11 + i), For: time.Duration(i+1) * time.Second}
			if want.Rank == 5 {
				want = Answer{Rank: 5}
			}
			if a != want {
				t.Errorf("%+v, want %+v", a, want)
			}
		}
	}

	// Rank 1 stops, between ranks 3 and 4 and all others; rank 14 does too.
	goOn := make(chan struct{})
	for _, r := range []int{1, 14} {
		w[r].world.Control.OnAsk(func() (byte, time.Duration) { <-goOn; return 1, 0 })
	}
	ctx, cancel := context.WithCancel(deadline(t))
	defer cancel()
	go func() {
		defer cancel()
		answers(ctx, root, size-1-7-1)
	}()
	roll := root.RollCall(ctx)
	if !slices.Equal(roll.Silent, []int{1, 14}) || roll.Behind != 6 || len(roll.Answers) != 6 {
		t.Errorf("ranks 1 and 14 are stopped: %+v", roll)
	}
	close(goOn) // late answers are nobody's
	if roll := root.RollCall(deadline(t)); len(roll.Answers) != size-1 {
		t.Errorf("all go on, and yet: %+v", roll)
	}
	w.leave(t)
}

func TestRollCallEndsWithTheWorld(t *testing.T) {
	w := joined(t, worldOptions{size: 3, fan: 2})
	goOn := make(chan struct{})
	defer close(goOn)
	w[1].world.Control.OnAsk(func() (byte, time.Duration) { <-goOn; return 0, 0 })
	go w[2].die()
	if roll := w[0].world.Control.RollCall(deadline(t)); !slices.Contains(roll.Silent, 1) {
		t.Errorf("%+v", roll)
	}
	if w[0].world.Control.Failure() == nil {
		t.Error("it ended without the death")
	}
}

// TestAnswerForAnother: a rank answers for itself and those below it alone.
func TestAnswerForAnother(t *testing.T) {
	w := joined(t, worldOptions{size: 3, fan: 2})
	liar := w[1].world.Control
	answer := []byte{}
	for _, v := range []uint64{1, 2, 1, 0} { // of rank 2
		answer = binary.AppendUvarint(answer, v)
	}
	liar.mu.Lock()
	liar.parent.send(newFrame(kindAnswer, answer), &liar.wg)
	liar.mu.Unlock()
	for _, v := range w.verdicts(t) {
		if v.Rank != 1 {
			t.Errorf("%v, want the end of rank 1", v)
		}
	}
}

func TestName(t *testing.T) {
	w := joined(t, worldOptions{size: 4, fan: 2})
	for want, ranks := range map[string][]int{"rank 3 (host h3, pid 1003)": {3}, "ranks 1-2 of nodes h1,h2": {1, 2}} {
		if got := w[0].world.Peers.Name(ranks); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	w.leave(t)
}

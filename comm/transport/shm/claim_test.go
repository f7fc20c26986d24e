package shm

import (
	"context"
	"testing"
	"time"
)

// A rank that has claimed a ring and not signed it holds up the rings claimed after
// it; once it signs, even if it sends nothing, their messages are received.
func TestLateSignature(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ranks := newWorldOf(t, 3, Options{})
	receiver, late := ranks[0].(*Transport), ranks[1].(*Transport)
	box := receiver.e.box
	number := box.claim()

	got := make(chan error, 1)
	go func() { got <- receiver.Wait(ctx, receiver.Irecv(2, 7, make([]byte, 1))) }()
	if err := ranks[2].Wait(ctx, ranks[2].Isend(0, 7, []byte{1})); err != nil {
		t.Fatal(err)
	}
	for box.asleep.Load() == 0 || !receiver.dozes.Load() { // it has looked, in vain
		yield()
	}
	select {
	case err := <-got:
		t.Fatalf("received before the ring claimed first was signed (%v): this test tests nothing", err)
	default:
	}
	if !box.sign(number, 1) {
		t.Fatal("nobody is said to have claimed a ring meanwhile")
	}
	late.mu.Lock()
	late.rouse(&link{box: box, bell: receiver.e.bell.wakeFD})
	late.mu.Unlock()
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

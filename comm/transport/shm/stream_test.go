package shm

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"numcomp/comm/transport"
)

// A receiver that has asked for a long message copies itself what is left of it
// when the sender, which said that it would look after it, does not; and where it
// may not copy, the sender goes on when it looks again.
func TestTakeOver(t *testing.T) {
	const parts = pipeBytes / partBytes
	for _, tc := range []struct {
		name    string
		sent    bool // the sender fills the pipe before it goes away
		noticed bool // it looks once more while the message is taken
		refused bool // the receiver may not copy
	}{
		{"Whole", false, false, false},
		{"Rest", true, false, false},
		{"WholeRefused", false, false, true},
		{"RestRefused", true, false, true},
		{"RestRefusedNoticed", true, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			var sender *Transport
			var reads atomic.Int32
			refused := make(chan struct{}, 1)
			read := func(pid int, addr uintptr, p []byte) error {
				if tc.noticed {
					sender.poll()
				}
				if tc.refused {
					refused <- struct{}{}
					return errNoCross
				}
				reads.Add(1)
				return readMemory(pid, addr, p)
			}
			ranks := newWorldOf(t, 2, Options{Waiting: transport.Waiting{Spin: 20 * time.Microsecond}, read: read})
			sender = ranks[0].(*Transport)
			receiver := ranks[1].(*Transport)
			sender.e.box.attending.Add(1)
			defer sender.e.box.attending.Add(-1)

			p := make([]byte, 2*pipeBytes+12345)
			for i := range p {
				p[i] = byte(i + i>>8 + i>>16)
			}
			out := sender.Isend(1, 1, p)
			got := make([]byte, len(p))
			receiver.poll() // notices the ring and the offer
			in := receiver.Irecv(0, 1, got)
			if len(receiver.asks) != 1 {
				t.Fatalf("the receiver has asked for %d messages, want 1", len(receiver.asks))
			}
			if tc.sent {
				sender.poll()
				if n := sender.links[1].parts; n != parts {
					t.Fatalf("the sender has sent %d parts, want %d", n, parts)
				}
			}
			received := make(chan error, 1)
			go func() { received <- receiver.Wait(ctx, in) }()
			if tc.refused {
				<-refused
			} else if err := <-received; err != nil {
				t.Fatal(err)
			}
			if err := sender.Wait(ctx, out); err != nil {
				t.Fatal(err)
			}
			if tc.refused {
				if err := <-received; err != nil {
					t.Fatal(err)
				}
			} else if reads.Load() == 0 {
				t.Fatal("nothing was copied by the receiver")
			}
			if string(got) != string(p) {
				t.Fatal("what came is not what was sent")
			}
			if n := sender.links[1].parts; tc.refused && int(n)*partBytes < len(p) {
				t.Fatalf("%d parts went through the pipe", n)
			} else if !tc.refused && n > parts {
				t.Fatalf("%d parts went through the pipe after the message was taken over", n)
			}
		})
	}
}

// A world that breaks when a message has been taken over, and not been copied yet,
// leaves its sender waiting for nobody.
func TestBreakWhenTakenOver(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ranks := newWorldOf(t, 2, Options{Waiting: transport.Waiting{Spin: 20 * time.Microsecond}})
	sender, receiver := ranks[0].(*Transport), ranks[1].(*Transport)
	sender.e.box.attending.Add(1)
	defer sender.e.box.attending.Add(-1)
	out := sender.Isend(1, 1, make([]byte, 1<<20))
	receiver.poll()
	in := receiver.Irecv(0, 1, make([]byte, 1<<20))
	cause := errors.New("rank 7 died")
	receiver.mu.Lock()
	receiver.takeAll()
	taken := receiver.pulls.Len()
	receiver.fail(cause)
	receiver.mu.Unlock()
	if taken != 1 {
		t.Fatalf("%d messages were taken over, want 1", taken)
	}
	if err := receiver.Wait(ctx, in); !errors.Is(err, cause) {
		t.Fatalf("error is %v, want the cause", err)
	}
	if err := sender.Wait(ctx, out); err == nil {
		t.Fatal("a message that nobody received was sent without an error")
	}
}

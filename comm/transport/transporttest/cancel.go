package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"numcomp/comm/transport"
)

// cancelTests check what a context that ends does, and what Break does.
func cancelTests() []subtest {
	return []subtest{
		{"CancelReceive", 2, testCancelReceive},
		{"CancelBeforeWait", 2, testCancelBeforeWait},
		{"CancelBreaksTheWorld", 3, testCancelBreaksTheWorld},
		{"CancelledReceiveIsUntouched", 2, testCancelledReceiveIsUntouched},
		{"CancelledSendIsUntouched", 2, testCancelledSendIsUntouched},
		{"Break", 3, testBreak},
	}
}

// waiting starts Wait in a goroutine; its error comes on the channel.
func waiting(ctx context.Context, tr transport.Transport, reqs ...transport.Request) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- tr.Wait(ctx, reqs...) }()
	return ended
}

func testCancelReceive(w *world) {
	ctx, cancel := context.WithCancel(w.ctx)
	tr := w.ranks[0]
	ended := waiting(ctx, tr, tr.Irecv(1, 1, make([]byte, 10)), tr.Irecv(1, 2, make([]byte, 10)))
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		w.errorf("error is %v, want context.Canceled", err)
	}
}

func testCancelBeforeWait(w *world) {
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	tr := w.ranks[0]
	if err := tr.Wait(ctx, tr.Irecv(1, 1, make([]byte, 10))); !errors.Is(err, context.Canceled) {
		w.errorf("error is %v, want context.Canceled", err)
	}
}

// The rank whose context ended can do nothing more, and the ranks it talks to
// find out.
func testCancelBreaksTheWorld(w *world) {
	for _, peer := range []int{1, 2} {
		if err := w.handshake(0, peer); err != nil {
			w.errorf("%v", err)
			return
		}
	}
	ctx, cancel := context.WithCancel(w.ctx)
	tr := w.ranks[0]
	pending := waiting(w.ctx, tr, tr.Irecv(2, 3, make([]byte, 10)))
	ended := waiting(ctx, tr, tr.Irecv(1, 1, make([]byte, 10)))
	peers := []<-chan error{
		waiting(w.ctx, w.ranks[1], w.ranks[1].Irecv(0, 1, make([]byte, 10))),
		waiting(w.ctx, w.ranks[2], w.ranks[2].Isend(0, 1, make([]byte, huge()))),
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		w.errorf("error is %v, want context.Canceled", err)
	}
	if err := <-pending; err == nil {
		w.errorf("another pending receive of the rank ended without an error")
	}
	if err := tr.Wait(w.ctx, tr.Irecv(2, 1, make([]byte, 10))); err == nil {
		w.errorf("a later receive ended without an error")
	}
	for i, c := range peers {
		if err := <-c; err == nil {
			w.errorf("what rank %d did with rank 0 ended without an error", i+1)
		}
	}
}

// Once Wait has returned, nothing writes into the buffer of a receive, even
// though the message was on its way.
func testCancelledReceiveIsUntouched(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	ctx, cancel := context.WithCancel(w.ctx)
	tr := w.ranks[0]
	p := make([]byte, huge())
	ended := waiting(ctx, tr, tr.Irecv(1, 1, p))
	sent := waiting(w.ctx, w.ranks[1], w.ranks[1].Isend(0, 1, pattern(huge(), 1)))
	cancel()
	err := <-ended
	if err == nil { // the message won
		if err := same(p, 1); err != nil {
			w.errorf("%v", err)
		}
	}
	mine := bytes.Repeat([]byte{0xCC}, len(p))
	copy(p, mine)
	<-sent
	w.closeAll()
	if !bytes.Equal(p, mine) {
		w.errorf("the buffer was written after Wait had returned (%v)", err)
	}
}

// Once Wait has returned, the buffer of a send may be written: what the
// receiver gets is the message, or an error.
func testCancelledSendIsUntouched(w *world) {
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	ctx, cancel := context.WithCancel(w.ctx)
	tr := w.ranks[0]
	p := pattern(huge(), 1)
	ended := waiting(ctx, tr, tr.Isend(1, 1, p))
	in := make([]byte, huge())
	received := waiting(w.ctx, w.ranks[1], w.ranks[1].Irecv(0, 1, in))
	cancel()
	<-ended
	for i := range p {
		p[i] = 0xCC
	}
	if err := <-received; err == nil {
		if err := same(in, 1); err != nil {
			w.errorf("received without an error: %v", err)
		}
	}
}

// Break, of a transport that has it, fails what is pending and what comes
// later, with its cause.
func testBreak(w *world) {
	tr := w.ranks[0]
	b, ok := tr.(transport.Breaker)
	if !ok {
		w.t.Log("the transport is no transport.Breaker")
		return
	}
	if err := w.handshake(0, 1); err != nil {
		w.errorf("%v", err)
		return
	}
	pending := map[string]<-chan error{
		"receive":                            waiting(w.ctx, tr, tr.Irecv(1, 1, make([]byte, 10))),
		"receive from a rank never heard of": waiting(w.ctx, tr, tr.Irecv(2, 1, make([]byte, 10))),
		"receive from itself":                waiting(w.ctx, tr, tr.Irecv(0, 1, make([]byte, 10))),
		"send":                               waiting(w.ctx, tr, tr.Isend(1, 2, make([]byte, huge()))),
	}
	cause := errors.New("rank 2 (host n9, pid 77) died")
	b.Break(cause)
	b.Break(errors.New("a second cause"))
	for what, c := range pending {
		if err := <-c; !errors.Is(err, cause) {
			w.errorf("pending %s: error is %v, want the cause", what, err)
		}
	}
	later := map[string]transport.Request{
		"receive": tr.Irecv(1, 1, make([]byte, 10)),
		"send":    tr.Isend(1, 1, make([]byte, 10)),
	}
	for what, req := range later {
		if err := tr.Wait(w.ctx, req); !errors.Is(err, cause) {
			w.errorf("later %s: error is %v, want the cause", what, err)
		}
	}
	if err := tr.Close(); err != nil && !errors.Is(err, cause) {
		w.errorf("%v", fmt.Errorf("close of a broken transport: %w", err))
	}
}

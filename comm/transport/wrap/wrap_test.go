package wrap_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
	"numcomp/comm/transport/transporttest"
	"numcomp/comm/transport/wrap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A transport decorated by all, one around the other, is a transport.
func TestTransport(t *testing.T) {
	transporttest.Run(t, func(_ *testing.T, size int) []transport.Transport {
		ranks := mem.NewWorld(size)
		for r, tr := range ranks {
			tr = wrap.Fail(tr, func(wrap.Operation) error { return nil })
			tr = wrap.Delay(tr, func(to int, _ transport.Tag, nbytes int) time.Duration {
				return time.Duration((to*7+nbytes)%3) * time.Microsecond
			})
			ranks[r] = wrap.Count(tr)
		}
		return ranks
	})
}

func TestCount(t *testing.T) {
	ranks := mem.NewWorld(3)
	c := wrap.Count(ranks[0])
	for _, n := range []int{5, 0, 100} {
		if err := c.Wait(context.Background(), c.Isend(1, 1, make([]byte, n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Wait(context.Background(), c.Isend(3, 1, make([]byte, 7))); !errors.Is(err, transport.ErrRank) {
		t.Fatalf("error is %v, want ErrRank", err)
	}
	for to, want := range [][2]int64{{0, 0}, {3, 105}, {0, 0}} {
		if m, b := c.Sent(to); m != want[0] || b != want[1] {
			t.Errorf("to rank %d: %d messages, %d bytes, want %v", to, m, b, want)
		}
	}
	if m, b := c.Total(); m != 3 || b != 105 {
		t.Errorf("total: %d messages, %d bytes", m, b)
	}
	c.Reset()
	if m, b := c.Total(); m != 0 || b != 0 {
		t.Errorf("after Reset: %d messages, %d bytes", m, b)
	}
}

func TestFailNth(t *testing.T) {
	broken := errors.New("injected")
	ranks := mem.NewWorld(2)
	sends := func(o wrap.Operation) bool { return o.Send }
	f := wrap.Fail(ranks[0], wrap.FailNth(1, sends, broken))
	ctx := context.Background()
	in := f.Irecv(1, 1, make([]byte, 3))
	for i, want := range []error{nil, broken, nil} {
		if err := f.Wait(ctx, f.Isend(1, 1, []byte{byte(i)})); !errors.Is(err, want) {
			t.Errorf("send %d: error is %v, want %v", i, err, want)
		}
	}
	// The failed message was never sent.
	p := make([]byte, 1)
	for _, want := range []byte{0, 2} {
		if err := ranks[1].Wait(ctx, ranks[1].Irecv(0, 1, p)); err != nil || p[0] != want {
			t.Errorf("received %d (%v), want %d", p[0], err, want)
		}
	}
	// A failed request in a list does not keep the others from being waited for.
	if err := ranks[1].Wait(ctx, ranks[1].Isend(0, 1, []byte{1, 2})); err != nil {
		t.Fatal(err)
	}
	again := wrap.Fail(f, wrap.FailNth(0, nil, broken))
	if err := again.Wait(ctx, again.Isend(1, 1, nil), in); !errors.Is(err, broken) {
		t.Errorf("error is %v, want the injected one", err)
	}
	if in.N() != 2 {
		t.Errorf("the receive has %d bytes, want 2", in.N())
	}
}

// Break goes through.
func TestBreak(t *testing.T) {
	ranks := mem.NewWorld(2)
	var tr transport.Transport = wrap.Count(ranks[0])
	cause := errors.New("cause")
	tr.(transport.Breaker).Break(cause)
	if err := ranks[1].Wait(context.Background(), ranks[1].Irecv(0, 1, nil)); !errors.Is(err, cause) {
		t.Errorf("error is %v, want the cause", err)
	}
}

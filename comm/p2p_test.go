package comm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"numcomp/comm/transport"
	"numcomp/comm/transport/mem"
)

// Every kind of element arrives as it was, NaNs and signed zeros too.
func TestElements(t *testing.T) {
	type celsius float32
	spmd(t, 2, func(ctx context.Context, c *Comm) error {
		return errors.Join(
			elementsArrive(ctx, c, []int8{-128, 0, 127}),
			elementsArrive(ctx, c, []uint8{0, 255}),
			elementsArrive(ctx, c, []int16{math.MinInt16, 1}),
			elementsArrive(ctx, c, []uint16{math.MaxUint16}),
			elementsArrive(ctx, c, []int32{math.MinInt32, -1, 5}),
			elementsArrive(ctx, c, []uint32{math.MaxUint32}),
			elementsArrive(ctx, c, []int64{math.MinInt64, math.MaxInt64}),
			elementsArrive(ctx, c, []uint64{math.MaxUint64}),
			elementsArrive(ctx, c, []float32{1.5, float32(math.Inf(-1))}),
			elementsArrive(ctx, c, []float64{math.SmallestNonzeroFloat64, math.MaxFloat64}),
			elementsArrive(ctx, c, []complex64{1 + 2i}),
			elementsArrive(ctx, c, []complex128{complex(math.Inf(1), -3)}),
			elementsArrive(ctx, c, []celsius{-273.15}),
		)
	})
}

// elementsArrive sends p from rank 0 to rank 1.
func elementsArrive[T Element](ctx context.Context, c *Comm, p []T) error {
	if c.Rank() == 0 {
		return Send(ctx, c, 1, 1, p)
	}
	got := make([]T, len(p)+2)
	n, err := Recv(ctx, c, 0, 1, got)
	if err != nil {
		return err
	}
	if err := equalElements(got[:n], p); err != nil {
		return fmt.Errorf("%T: %w", p, err)
	}
	return nil
}

func TestSendrecv(t *testing.T) {
	for _, size := range worldSizes {
		spmd(t, size, func(ctx context.Context, c *Comm) error {
			right, left := (c.Rank()+1)%size, (c.Rank()+size-1)%size
			for _, n := range []int{0, 1, 1000, 100_000} {
				recv := untouched(n + 1)
				got, err := Sendrecv(ctx, c, right, 4, data(c.Rank(), n), left, 4, recv)
				if err != nil {
					return err
				}
				if got != n || recv[n] != -1 {
					return fmt.Errorf("%d elements received, want %d", got, n)
				}
				if err := equalElements(recv[:n], data(left, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func TestNonBlocking(t *testing.T) {
	const count = 20
	spmd(t, 3, func(ctx context.Context, c *Comm) error {
		var reqs []*Request
		in := map[*Request][]int64{}
		from := map[*Request]int{}
		for peer := range 3 {
			for tag := range count {
				p := make([]int64, 100)
				r := Irecv(c, peer, tag, p)
				in[r], from[r] = p, peer*count+tag
				reqs = append(reqs, r, nil, Isend(c, peer, tag, data(c.Rank()*count+tag, tag)))
			}
		}
		if err := Wait(ctx, reqs...); err != nil {
			return err
		}
		if err := Wait(ctx, reqs...); err != nil { // again: nothing is left to wait for
			return err
		}
		for r, p := range in {
			if r.N() != from[r]%count {
				return fmt.Errorf("%d elements, want %d", r.N(), from[r]%count)
			}
			if err := equalElements(p[:r.N()], data(from[r], r.N())); err != nil {
				return err
			}
		}
		return nil
	})
}

// waits notes how many requests each Wait is for.
type waits struct {
	transport.Transport
	counts []int
}

func (w *waits) Wait(ctx context.Context, reqs ...transport.Request) error {
	w.counts = append(w.counts, len(reqs))
	return w.Transport.Wait(ctx, reqs...)
}

// The transport is told of all requests at once; an error is that of its request.
func TestWaitTogether(t *testing.T) {
	const short = 2 // the receive without room
	ranks := mem.NewWorld(2)
	noted := &waits{Transport: ranks[1]}
	comms := newComms(t, []transport.Transport{ranks[0], noted}, testTuning())
	errs := each(t, comms, func(ctx context.Context, c *Comm) error {
		var reqs []*Request
		for i := range 4 {
			if c.Rank() == 0 {
				reqs = append(reqs, Isend(c, 1, i, data(i, 10)))
				continue
			}
			room := 10
			if i == short {
				room = 9
			}
			reqs = append(reqs, nil, Irecv(c, 0, i, make([]int64, room)))
		}
		return Wait(ctx, append(reqs, Isend(c, 2, 0, data(0, 1)))...) // there is no rank 2
	})
	var refused *Error
	if errs[0] == nil || !errors.As(errs[1], &refused) || refused.Tag != short || !errors.Is(refused, transport.ErrTruncated) {
		t.Errorf("errors are %v; rank 1's should be of tag %d", errs, short)
	}
	if len(noted.counts) == 0 || noted.counts[0] != 4 {
		t.Errorf("the transport waited for %v requests at a time, want 4 first", noted.counts)
	}
	for _, tr := range ranks {
		tr.Close()
	}
}

// A message with the caller's tag never meets a collective's.
func TestContextsAreSeparate(t *testing.T) {
	spmd(t, 4, func(ctx context.Context, c *Comm) error {
		next, before := (c.Rank()+1)%4, (c.Rank()+3)%4
		var sent []*Request
		for tag := range int(collectives) {
			sent = append(sent, Isend(c, next, tag, data(tag, 3)))
		}
		for k := range split {
			if err := runCollective(ctx, c, k, 5); err != nil {
				return err
			}
		}
		for tag := range int(collectives) {
			p := make([]int64, 3)
			if _, err := Recv(ctx, c, before, tag, p); err != nil {
				return err
			}
			if err := equalElements(p, data(tag, 3)); err != nil {
				return err
			}
		}
		return Wait(ctx, sent...)
	})
}

func TestTruncated(t *testing.T) {
	spmd(t, 2, func(ctx context.Context, c *Comm) error {
		if c.Rank() == 0 {
			return errors.Join(Send(ctx, c, 1, 7, data(0, 10)), Send(ctx, c, 1, 7, data(1, 5)))
		}
		p := make([]int64, 9)
		if _, err := Recv(ctx, c, 0, 7, p); !errors.Is(err, transport.ErrTruncated) {
			return fmt.Errorf("error is %v, want ErrTruncated", err)
		}
		if n, err := Recv(ctx, c, 0, 7, p); err != nil || n != 5 {
			return fmt.Errorf("after it: %d elements, %w", n, err)
		}
		return nil
	})
}

// A message that is no whole number of elements is an error.
func TestPartOfAnElement(t *testing.T) {
	spmd(t, 2, func(ctx context.Context, c *Comm) error {
		if c.Rank() == 0 {
			return Send(ctx, c, 1, 7, make([]int8, 12))
		}
		_, err := Recv(ctx, c, 0, 7, make([]int64, 9))
		if err == nil || !strings.Contains(err.Error(), "12 bytes is not made of elements of 8 bytes") {
			return fmt.Errorf("error is %v", err)
		}
		return nil
	})
}

// Errors name the operation, the peer, its host, the tag and the cause.
func TestErrorText(t *testing.T) {
	ranks := mem.NewWorld(4)
	members := transport.List[Member]{{Host: "n1"}, {Host: "n1"}, {Host: "n2"}, {Host: "n4"}}
	c, err := NewWorld(ranks[0], members)
	if err != nil {
		t.Fatal(err)
	}
	anonymous, err := NewWorld(ranks[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	linear, err := c.WithAlgorithm("gather", "linear")
	if err != nil {
		t.Fatal(err)
	}
	ranks[0].(transport.Breaker).Break(errors.New("connection reset by peer"))
	ctx := context.Background()
	_, recvErr := Recv(ctx, c, 3, 7, make([]int64, 1))
	for _, e := range []struct {
		err  error
		want string
	}{
		{recvErr, "comm: recv from rank 3 (host n4), tag 7: connection reset by peer"},
		{Send(ctx, c, 2, 0, []int8{1}), "comm: send to rank 2 (host n2), tag 0: connection reset by peer"},
		{Send(ctx, anonymous, 2, 0, []int8{1}), "comm: send to rank 2, tag 0: connection reset by peer"},
		{Gather(ctx, linear, make([]int8, 1), make([]int8, 4), 0), "comm: gather: recv from rank 1 (host n1): connection reset by peer"},
		{Bcast(ctx, c, make([]int8, 1), 4), "comm: bcast: root 4 is outside the communicator of 4 ranks"},
	} {
		if e.err == nil || e.err.Error() != e.want {
			t.Errorf("got  %v\nwant %s", e.err, e.want)
		}
	}
	var detail *Error
	if !errors.As(recvErr, &detail) || detail.Op != "recv" || detail.Rank != 0 || detail.Peer != 3 || detail.Host != "n4" || detail.Tag != 7 {
		t.Errorf("%+v", detail)
	}
}

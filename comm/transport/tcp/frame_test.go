package tcp

import (
	"bytes"
	"context"
	"errors"
	"math"
	"net"
	"testing"
	"time"

	"numcomp/comm/transport"
)

func TestHeaderRoundTrip(t *testing.T) {
	for _, h := range []header{
		{kind: kindEager, tag: math.MaxUint64, length: maxEager, credit: math.MaxUint32},
		{kind: kindRequest, tag: 5, length: 1<<31 - 1, id: 1},
		{kind: kindRequest, tag: 5, length: 1 << 31, id: 1},
		{kind: kindRequest, tag: 5, length: 1<<32 - 1, id: 1},
		{kind: kindRequest, tag: 5, length: 1 << 32, id: math.MaxUint64},
		{kind: kindRequest, tag: 5, length: math.MaxInt, id: 2},
		{kind: kindClear, id: 7},
		{kind: kindClear, id: 7, flags: flagDrop},
		{kind: kindData, id: 7, length: maxPiece},
		{kind: kindCredit, credit: 1},
		{kind: kindGoodbye},
	} {
		var b [headerLen]byte
		putHeader(b[:], h)
		got, err := parseHeader(b[:])
		if err != nil || got != h {
			t.Errorf("%+v reads as %+v, %v", h, got, err)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	for _, h := range []header{
		{kind: 0},
		{kind: kindGoodbye + 1},
		{kind: kindEager, length: maxEager + 1},
		{kind: kindEager, flags: flagDrop},
		{kind: kindRequest, length: math.MaxInt + 1},
		{kind: kindRequest, length: math.MaxUint64},
		{kind: kindData, length: maxPiece + 1},
		{kind: kindClear, flags: 2},
		{kind: kindGoodbye, length: 1},
	} {
		var b [headerLen]byte
		putHeader(b[:], h)
		var damaged *FrameError
		if _, err := parseHeader(b[:]); !errors.As(err, &damaged) {
			t.Errorf("%+v: error %v, want a FrameError", h, err)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	seed := make([]byte, headerLen)
	for k := range kindGoodbye + 2 {
		putHeader(seed, header{kind: k, tag: 1, length: 3, id: 4})
		f.Add(bytes.Clone(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < headerLen {
			return
		}
		h, err := parseHeader(in)
		if err != nil {
			return
		}
		var out [headerLen]byte
		putHeader(out[:], h)
		if !bytes.Equal(out[:], in[:headerLen]) {
			t.Fatalf("%x reads as %+v, which is written %x", in[:headerLen], h, out)
		}
	})
}

// connect gives a rank a data connection whose other end, rank 1, is the test.
func connect(t testing.TB, opts Options) (*Transport, *net.TCPConn) {
	t.Helper()
	e, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	e.Start(testIdentity(0, 2), nil)
	tr := New(e, transport.List[Peer]{{}, {Host: "n1", PID: 77}}, opts)
	t.Cleanup(func() { tr.Close() })

	other, err := Listen(ListenConfig{Addrs: loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	other.Start(testIdentity(1, 2), nil)
	c, err := other.dial(context.Background(), 0, e.Addrs(), KindData)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return tr, c
}

// frames writes a sequence of frames; payload follows those that have one.
func frames(hs ...any) []byte {
	var out []byte
	for _, h := range hs {
		switch h := h.(type) {
		case header:
			out = append(out, make([]byte, headerLen)...)
			putHeader(out[len(out)-headerLen:], h)
		case []byte:
			out = append(out, h...)
		}
	}
	return out
}

// damages are what no honest peer sends.
func damages() map[string][]byte {
	return map[string][]byte{
		"garbage":               []byte("HTTP/1.1 400 Bad Request\r\n\r\nand more"),
		"data never asked for":  frames(header{kind: kindData, id: 3, length: 5}),
		"clear never announced": frames(header{kind: kindClear, id: 3}),
		"credit never given":    frames(header{kind: kindCredit, credit: 1 << 30}),
		"too much data": frames(header{kind: kindRequest, tag: 1, length: 4, id: 3},
			header{kind: kindData, id: 3, length: 5}, []byte("12345")),
		"a huge eager message": frames(header{kind: kindEager, tag: 1, length: 1 << 40}),
	}
}

func TestDamagedFramesBreakTheWorld(t *testing.T) {
	for name, text := range damages() {
		t.Run(name, func(t *testing.T) {
			tr, c := connect(t, Options{})
			req := tr.Irecv(1, 1, make([]byte, 10))
			if _, err := c.Write(text); err != nil {
				t.Fatal(err)
			}
			err := tr.Wait(testContext(t), req)
			var lost *LostError
			var damaged *FrameError
			if !errors.As(err, &lost) || lost.Rank != 1 || !errors.As(err, &damaged) {
				t.Errorf("error %v, want that rank 1 was lost by a damaged frame", err)
			}
		})
	}
}

// FuzzFrames throws any bytes at a rank with a receive posted, a message
// announced and one in its buffer: it must end, and not write past a buffer.
func FuzzFrames(f *testing.F) {
	for _, text := range damages() {
		f.Add(text)
	}
	f.Add(frames(header{kind: kindEager, tag: 1, length: 3}, []byte("abc"), header{kind: kindGoodbye}))
	f.Add(frames(header{kind: kindRequest, tag: 1, length: 10, id: 9},
		header{kind: kindData, id: 9, length: 4}, []byte("abcd"),
		header{kind: kindEager, tag: 2, length: 1}, []byte("x"),
		header{kind: kindData, id: 9, length: 6}, []byte("efghij")))
	f.Add(frames(header{kind: kindClear, id: 1}, header{kind: kindClear, id: 1, flags: flagDrop}))
	f.Add(frames(header{kind: kindEager, tag: 1, length: 11}, []byte("abcdefghijk")))
	f.Fuzz(func(t *testing.T, in []byte) {
		tr, c := connect(t, Options{EagerLimit: 8, CloseTimeout: time.Second})
		guarded := bytes.Repeat([]byte{0xCC}, 30)
		reqs := []transport.Request{
			tr.Irecv(1, 1, guarded[10:20:20]),
			tr.Isend(1, 1, make([]byte, 100)),
		}
		go func() {
			_, _ = c.Write(in)
			_ = c.CloseWrite()
		}()
		ctx, cancel := context.WithTimeout(context.Background(), watchdog)
		defer cancel()
		for _, req := range reqs {
			if err := tr.Wait(ctx, req); errors.Is(err, context.DeadlineExceeded) {
				t.Fatal("an operation hangs")
			}
		}
		tr.Close()
		for i, b := range guarded {
			if (i < 10 || i >= 20) && b != 0xCC {
				t.Fatalf("byte %d beside the buffer was written", i)
			}
		}
	})
}

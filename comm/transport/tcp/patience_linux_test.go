package tcp

import (
	"io"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestStoppedPeer sends to a rank that takes nothing for longer than a silent
// loss may last, as a process does that is stopped.
func TestStoppedPeer(t *testing.T) {
	const n, count, bound = 1 << 20, 32, 1500 * time.Millisecond // more than any socket's buffers
	tr, c := connect(t, Options{EagerLimit: n, Credit: 2 * n * count})
	defer c.Close()
	tr.stall = bound / 10
	ctx := testContext(t)
	// Once a message has come through, the connection is installed.
	if _, err := c.Write(frames(header{kind: kindEager, tag: 9})); err != nil {
		t.Fatal(err)
	}
	if err := tr.Wait(ctx, tr.Irecv(1, 9, nil)); err != nil {
		t.Fatal(err)
	}
	conn := tr.link(1).conn
	if err := setUserTimeout(conn, bound); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, n)
	for range count - 1 {
		tr.Isend(1, 1, p)
	}
	last := tr.Isend(1, 1, p)
	select {
	case <-time.After(3 * bound):
	case <-tr.ctx.Done():
		t.Fatalf("the world was broken: %v", tr.end.Load().err)
	}
	if _, err := io.CopyN(io.Discard, c, count*(headerLen+n)); err != nil {
		t.Fatal(err)
	}
	if err := tr.Wait(ctx, last); err != nil {
		t.Fatal(err)
	}
	err := conn.Control(func(fd uintptr) {
		ms, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
		if err != nil || time.Duration(ms)*time.Millisecond != silentLoss {
			t.Errorf("afterwards a silent loss takes %d ms (%v), want %v", ms, err, silentLoss)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

package tcp

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// pair is a non-blocking pair of sockets.
func pair(t *testing.T) [2]int {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.Close(fds[0])
		unix.Close(fds[1])
	})
	return fds
}

// TestSyscalls: the short way and the system's own write the same bytes, at either
// side of the bounds between them.
func TestSyscalls(t *testing.T) {
	fill := func(n, seed int) []byte {
		p := make([]byte, n)
		for i := range p {
			p[i] = byte(i*7 + seed)
		}
		return p
	}
	for _, sizes := range [][]int{{1}, {24, 1}, {24, 4096, 24, 8192}, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {65535, 1}, {65536, 1}, {1 << 19, 1}} {
		fds := pair(t)
		if err := unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_SNDBUF, 1<<20); err != nil {
			t.Fatal(err)
		}
		var parts [][]byte
		for i, n := range sizes {
			parts = append(parts, fill(n, i))
		}
		want := bytes.Join(parts, nil)
		n, err := writev(fds[0], parts)
		if err != nil || n != len(want) {
			t.Fatalf("%v: wrote %d, %v", sizes, n, err)
		}
		got := make([]byte, len(want))
		for at := 0; at < len(got); at += n {
			if n, err = read(fds[1], got[at:]); err != nil {
				t.Fatalf("%v: %v", sizes, err)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%v: other bytes came", sizes)
		}
		if _, err := read(fds[1], got[:1]); !errors.Is(err, unix.EAGAIN) {
			t.Errorf("%v: read of an empty socket: %v", sizes, err)
		}
		unix.Close(fds[1])
		if _, err := writev(fds[0], parts); !errors.Is(err, unix.EPIPE) {
			t.Errorf("%v: write to nobody: %v", sizes, err)
		}
		fds[1] = -1
	}
}

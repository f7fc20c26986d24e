package tcp

import (
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"numcomp/comm/transport"
)

// TestWire: a connection apart from Go's netpoller waits, and ends, as one in it does.
func TestWire(t *testing.T) {
	for _, kind := range []struct {
		name  string
		takes func(*net.TCPConn) (wire, error)
	}{{"Polled", newPolled}, {"Apart", newApart}} {
		t.Run(kind.name, func(t *testing.T) {
			before := descriptors(t)
			c, peer := tcpPair(t)
			w, err := kind.takes(c)
			if err != nil {
				t.Fatal(err)
			}
			testReading(t, w, peer)
			testWriting(t, w, peer)
			testCloseWakes(t, w)
			peer.Close()
			if after := descriptors(t); after != before {
				t.Errorf("%d descriptors, %d before", after, before)
			}
		})
	}
}

// testReading waits for a byte, ends a wait by a deadline, and waits again.
func testReading(t *testing.T, w wire, peer net.Conn) {
	t.Helper()
	for range 3 {
		asleep := make(chan struct{})
		var sent sync.WaitGroup
		sent.Go(func() {
			<-asleep
			peer.Write([]byte{42})
		})
		var once sync.Once
		var p [2]byte
		n := 0
		err := w.Read(func(fd uintptr) bool {
			var err error
			n, err = unix.Read(int(fd), p[:])
			once.Do(func() { close(asleep) })
			return err == nil
		})
		sent.Wait()
		if err != nil || n != 1 || p[0] != 42 {
			t.Fatalf("read %d bytes, %v: %v", n, p, err)
		}
		// It may be set before the wait, and while it lasts.
		time.AfterFunc(time.Millisecond, func() { w.SetReadDeadline(time.Unix(1, 0)) })
		for range 2 {
			if err := w.Read(func(uintptr) bool { return false }); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("after a deadline: %v", err)
			}
		}
		if err := w.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
}

// testWriting fills the connection, waits for a deadline, and then for room.
func testWriting(t *testing.T, w wire, peer net.Conn) {
	t.Helper()
	total := 0
	fill := func(fd uintptr) bool {
		for p := make([]byte, 1<<20); ; {
			n, err := unix.Write(int(fd), p)
			if err != nil {
				return false
			}
			total += n
		}
	}
	if err := w.SetWriteDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(fill); !errors.Is(err, os.ErrDeadlineExceeded) || total == 0 {
		t.Fatalf("wrote %d bytes to who does not read: %v", total, err)
	}
	if err := w.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	var drained sync.WaitGroup
	drained.Go(func() {
		p := make([]byte, 1<<20)
		for left := total; left > 0; {
			n, err := peer.Read(p)
			if err != nil {
				t.Errorf("the peer: %v", err)
				return
			}
			left -= n
		}
	})
	err := w.Write(func(fd uintptr) bool {
		_, err := unix.Write(int(fd), []byte{1})
		return err == nil
	})
	drained.Wait()
	if err != nil {
		t.Fatalf("write once there is room: %v", err)
	}
}

// testCloseWakes closes the connection while somebody waits for it.
func testCloseWakes(t *testing.T, w wire) {
	t.Helper()
	asleep := make(chan struct{})
	ended := make(chan error)
	go func() {
		var once sync.Once
		ended <- w.Read(func(uintptr) bool {
			once.Do(func() { close(asleep) })
			return false
		})
	}()
	<-asleep
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("a read during Close: %v", err)
	}
	if err := w.Write(func(uintptr) bool { t.Error("written after Close"); return true }); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a write after Close: %v", err)
	}
	if w.Close() == nil {
		t.Error("a second Close is no error")
	}
}

// tcpPair is a connection's two ends.
func tcpPair(t *testing.T) (*net.TCPConn, net.Conn) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c, peer
}

func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// TestWhoIsApart: only ranks that spin take more than one descriptor a connection,
// and for a bounded number of connections.
func TestWhoIsApart(t *testing.T) {
	spins := transport.Waiting{Spin: time.Microsecond}
	for _, tc := range []struct {
		name    string
		policy  transport.Waiting
		already int64
		want    bool
	}{
		{"Spins", spins, 0, true},
		{"SpinsLast", spins, maxApart - 1, true},
		{"SpinsTooMany", spins, maxApart, false},
		{"Yields", transport.Waiting{Yield: time.Microsecond}, 0, false},
		{"Sleeps", transport.Waiting{}, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, peer := tcpPair(t)
			defer peer.Close()
			tr := &Transport{opts: Options{Waiting: tc.policy}}
			tr.apart.Store(tc.already)
			w, err := tr.wire(c)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if _, is := w.(*apart); is != tc.want {
				t.Errorf("apart: %v, want %v", is, tc.want)
			}
		})
	}
}

package tcp

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// A connection within the machine is not paced.
func TestWithinMachine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	conn := c.(*net.TCPConn)
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	// Of those that this process may choose the best; another one first, so that there
	// is something to change. Who may not choose cubic has begun with the system's.
	want := "reno"
	if setControl(raw, "cubic") == nil {
		want = "cubic"
		if err := setControl(raw, "reno"); err != nil {
			t.Fatal(err)
		}
	}
	if err := prepare(conn); err != nil {
		t.Fatal(err)
	}
	var control string
	if err := raw.Control(func(fd uintptr) {
		control, err = unix.GetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION)
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil || control != want {
		t.Errorf("congestion control is %q, %v; want %s", control, err, want)
	}
}

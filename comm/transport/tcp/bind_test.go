package tcp

import (
	"errors"
	"net"
	"strconv"
	"syscall"
	"testing"
)

// TestListenEverywhere dials a listener at addresses of both protocols.
func TestListenEverywhere(t *testing.T) {
	l, err := listenEverywhere(0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := strconv.Itoa(portOf(l))
	for _, host := range []string{"127.0.0.1", "::1"} {
		if own, err := net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			t.Logf("no %s here: %v", host, err)
			continue
		} else if err := own.Close(); err != nil {
			t.Fatal(err)
		}
		out, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Errorf("nobody listens: %v", err)
			continue
		}
		in, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := in.RemoteAddr().String(), out.LocalAddr().String(); got != want {
			t.Errorf("accepted %s, want %s", got, want)
		}
		in.Close()
		out.Close()
	}
}

// TestListenEverywhereTaken has the error that the search for a free port goes by.
func TestListenEverywhereTaken(t *testing.T) {
	l, err := listenEverywhere(0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	again, err := listenEverywhere(portOf(l))
	if err == nil {
		again.Close()
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("error %v, want that the port is in use", err)
	}
}

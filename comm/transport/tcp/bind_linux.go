package tcp

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// maxBacklog is more connections than the kernel lets wait: it takes its own bound.
const maxBacklog = 65535

// listenEverywhere listens at port of all addresses, of IPv4 too, by one socket. Package
// net finds out first, by five sockets and a file, what it needs for programs of any
// kind: 0.1 ms in each of a job's ranks. Where the kernel has not both protocols it
// is net that listens.
func listenEverywhere(port int) (*net.TCPListener, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return listenAt("", port)
	}
	// What net makes of it is a duplicate.
	socket := os.NewFile(uintptr(fd), "listener")
	defer socket.Close()
	if unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0) != nil {
		return listenAt("", port)
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet6{Port: port})
	}
	if errors.Is(err, unix.EADDRNOTAVAIL) {
		return listenAt("", port)
	}
	if err == nil {
		err = unix.Listen(fd, maxBacklog)
	}
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv6unspecified, Port: port}, Err: err}
	}
	l, err := net.FileListener(socket)
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}

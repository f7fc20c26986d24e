package tcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"numcomp/internal/netaddr"
)

// bindTries bounds how often a port that is free on one address and taken on
// another is given back for a new one.
const bindTries = 32

// bind opens one listener per address, all with the same port.
func bind(cfg ListenConfig) ([]*net.TCPListener, error) {
	if cfg.PortMin == 0 && cfg.PortMax == 0 {
		var err error
		for range bindTries {
			var ls []*net.TCPListener
			if ls, err = bindPort(cfg.Addrs, 0); err == nil {
				return ls, nil
			}
			if !errors.Is(err, syscall.EADDRINUSE) {
				break
			}
		}
		return nil, fmt.Errorf("tcp: listen: %w", err)
	}
	n := cfg.PortMax - cfg.PortMin + 1
	if cfg.PortMin < 1 || cfg.PortMax > 65535 || n < 1 {
		return nil, fmt.Errorf("tcp: listen: port range %d-%d: want 1 <= A <= B <= 65535", cfg.PortMin, cfg.PortMax)
	}
	// Ranks of one node share the range. Starting apart spares them most of the
	// search.
	first := os.Getpid() % n
	for k := range n {
		ls, err := bindPort(cfg.Addrs, cfg.PortMin+(first+k)%n)
		if err == nil {
			return ls, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("tcp: listen: %w", err)
		}
	}
	return nil, fmt.Errorf("tcp: listen: all %d ports of %d-%d are in use on this node; widen --port-range", n, cfg.PortMin, cfg.PortMax)
}

func bindPort(addrs []netip.Addr, port int) ([]*net.TCPListener, error) {
	if addrs == nil {
		l, err := listenEverywhere(port)
		if err != nil {
			return nil, err
		}
		return []*net.TCPListener{l}, nil
	}
	var ls []*net.TCPListener
	for _, a := range addrs {
		l, err := listenAt(a.String(), port)
		if err != nil {
			closeAll(ls)
			return nil, err
		}
		ls = append(ls, l)
		port = portOf(l)
	}
	if len(ls) == 0 {
		return nil, errors.New("the list of addresses is empty")
	}
	return ls, nil
}

// listenAt listens at one address, or with none at all of them. Without Multipath
// TCP, which Go's listeners are for since 1.24: no rank dials by it, and finding out
// whether the kernel has it is work at every start.
func listenAt(host string, port int) (*net.TCPListener, error) {
	var cfg net.ListenConfig
	cfg.SetMultipathTCP(false)
	l, err := cfg.Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}

func portOf(l *net.TCPListener) int { return l.Addr().(*net.TCPAddr).Port }

func closeAll(ls []*net.TCPListener) {
	for _, l := range ls {
		l.Close()
	}
}

// published lists what others may dial.
func published(cfg ListenConfig, ls []*net.TCPListener) ([]netip.AddrPort, error) {
	addrs := cfg.Addrs
	if addrs == nil {
		ifaces, err := netaddr.Interfaces()
		if err != nil {
			return nil, fmt.Errorf("tcp: listen: %w", err)
		}
		addrs = netaddr.Candidates(ifaces)
	}
	only4 := cfg.Addrs == nil && ls[0].Addr().(*net.TCPAddr).IP.To4() != nil
	var out []netip.AddrPort
	for _, a := range addrs {
		if only4 && a.Is6() {
			continue
		}
		out = append(out, netip.AddrPortFrom(a, uint16(portOf(ls[0]))))
	}
	if len(out) == 0 {
		return nil, errors.New("tcp: listen: this node has no usable network address, not even loopback: is the interface lo up?")
	}
	return out, nil
}

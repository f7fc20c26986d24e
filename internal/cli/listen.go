package cli

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"numcomp/internal/netaddr"
	"numcomp/launch"
)

// joinHostPort is host:port, with brackets about an IPv6 address.
func joinHostPort(host string, port int) string {
	host = strings.Trim(host, "[]")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// listenOn are the addresses that this rank listens on: what --iface picks, else
// loopback when all ranks are on this node; nil is every interface.
func listenOn(o *Options, place launch.Place) ([]netip.Addr, error) {
	if everyInterface(o, place) {
		return nil, nil
	}
	ifaces, err := netaddr.Interfaces()
	if err != nil {
		return nil, err
	}
	return listenAmong(ifaces, o, place)
}

// everyInterface tells whether a rank listens on all interfaces, whichever there are.
func everyInterface(o *Options, place launch.Place) bool {
	return o.Interfaces.IsZero() && !oneNode(place) && o.HeadHost != "localhost" && !headLoopback(o).IsValid()
}

// headLoopback is the loopback address that --head names; not valid: it names none.
func headLoopback(o *Options) netip.Addr {
	head, err := netip.ParseAddr(strings.Trim(o.HeadHost, "[]"))
	if err != nil || !head.IsLoopback() {
		return netip.Addr{}
	}
	return head.Unmap()
}

func listenAmong(ifaces []netaddr.Interface, o *Options, place launch.Place) ([]netip.Addr, error) {
	if !o.Interfaces.IsZero() {
		addrs, err := o.Interfaces.Pick(ifaces)
		if err != nil {
			return nil, usagef("--iface: %w", err)
		}
		return addrs, nil
	}
	if everyInterface(o, place) {
		return nil, nil
	}
	loopback := slices.DeleteFunc(netaddr.Candidates(ifaces), func(a netip.Addr) bool { return !a.IsLoopback() })
	if head := headLoopback(o); head.IsValid() && slices.Contains(loopback, head) {
		return []netip.Addr{head}, nil
	}
	if len(loopback) == 0 {
		return nil, nil // lo is down
	}
	return loopback[:1], nil // 127.0.0.1, if it is there at all
}

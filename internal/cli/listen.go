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
	ifaces, err := netaddr.Interfaces()
	if err != nil {
		return nil, err
	}
	return listenAmong(ifaces, o, place)
}

func listenAmong(ifaces []netaddr.Interface, o *Options, place launch.Place) ([]netip.Addr, error) {
	if !o.Interfaces.IsZero() {
		addrs, err := o.Interfaces.Pick(ifaces)
		if err != nil {
			return nil, usagef("--iface: %w", err)
		}
		return addrs, nil
	}
	head, err := netip.ParseAddr(strings.Trim(o.HeadHost, "[]"))
	byLoopback := err == nil && head.IsLoopback()
	if !oneNode(place) && o.HeadHost != "localhost" && !byLoopback {
		return nil, nil
	}
	loopback := slices.DeleteFunc(netaddr.Candidates(ifaces), func(a netip.Addr) bool { return !a.IsLoopback() })
	if byLoopback && slices.Contains(loopback, head.Unmap()) {
		return []netip.Addr{head.Unmap()}, nil
	}
	if len(loopback) == 0 {
		return nil, nil // lo is down
	}
	return loopback[:1], nil // 127.0.0.1, if it is there at all
}

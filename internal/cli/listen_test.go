package cli

import (
	"fmt"
	"net/netip"
	"testing"

	"numcomp/internal/netaddr"
	"numcomp/launch"
)

func TestListenOn(t *testing.T) {
	iface := func(name string, addrs ...string) netaddr.Interface {
		i := netaddr.Interface{Name: name, Up: true, Loopback: name == "lo"}
		for _, a := range addrs {
			i.Addrs = append(i.Addrs, netip.MustParsePrefix(a))
		}
		return i
	}
	both := []netaddr.Interface{iface("lo", "127.0.0.1/8", "::1/128", "127.0.0.9/8"), iface("eth0", "10.0.0.1/8", "fd00::1/64")}
	six := []netaddr.Interface{iface("lo", "::1/128"), iface("eth0", "fd00::1/64")}
	here := launch.Place{Size: 4, LocalSize: 4, Nodes: 1}
	wide := launch.Place{Size: 4, LocalSize: 2, Nodes: 2}
	for _, c := range []struct {
		name   string
		ifaces []netaddr.Interface
		place  launch.Place
		head   string
		pick   string
		want   string
	}{
		{"one node", both, here, "", "", "[127.0.0.1]"},
		{"one node without IPv4", six, here, "", "", "[::1]"},
		{"one node without lo", both[1:], here, "", "", "[]"},
		{"two nodes", both, wide, "", "", "[]"},
		{"head on loopback", both, wide, "127.0.0.1", "", "[127.0.0.1]"},
		{"head on another loopback address", both, wide, "127.0.0.9", "", "[127.0.0.9]"},
		{"head on an address of lo that is not listed", both, wide, "127.0.0.3", "", "[127.0.0.1]"},
		{"head on IPv6 loopback", both, wide, "::1", "", "[::1]"},
		{"head in brackets", both, wide, "[::1]", "", "[::1]"},
		{"head localhost without IPv4", six, wide, "localhost", "", "[::1]"},
		{"head elsewhere", six, wide, "fd00::2", "", "[]"},
		{"picked by network", both, here, "", "fd00::/8", "[fd00::1]"},
		{"picked by name", both, wide, "", "e*,^10.0.0.0/8", "[fd00::1]"},
	} {
		sel, err := netaddr.ParseSelection(c.pick)
		if err != nil {
			t.Fatal(err)
		}
		got, err := listenAmong(c.ifaces, &Options{HeadHost: c.head, Interfaces: sel}, c.place)
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, %v; want %s", c.name, got, err, c.want)
		}
	}
}

func TestJoinHostPort(t *testing.T) {
	for host, want := range map[string]string{"n1": "n1:7", "10.0.0.1": "10.0.0.1:7", "::1": "[::1]:7", "[fd00::1]": "[fd00::1]:7", "fe80::1%eth0": "[fe80::1%eth0]:7"} {
		if got := joinHostPort(host, 7); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

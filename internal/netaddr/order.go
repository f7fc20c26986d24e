package netaddr

import (
	"net/netip"
	"slices"
	"strings"
)

// The classes of addresses, most likely to reach other nodes first.
const (
	classGlobal    = iota
	classLinkLocal // 169.254.0.0/16: some cables between two machines have nothing else
	classVirtual   // bridges of containers and virtual machines: the same address on every node
	classLoopback  // only this node's own ranks
	classNever
)

// virtualPrefixes begin the names of interfaces that lead to containers and
// virtual machines of the same node, not to other nodes.
var virtualPrefixes = [...]string{"docker", "br-", "virbr", "veth", "podman", "cni", "lxcbr", "lxdbr", "vmnet", "vboxnet"}

func isVirtual(name string) bool {
	for _, p := range virtualPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

func class(i Interface, a netip.Addr) int {
	switch {
	case !i.Up || !a.IsValid() || a.IsUnspecified() || a.IsMulticast():
		return classNever
	case a.IsLoopback() || i.Loopback:
		return classLoopback
	case a.IsLinkLocalUnicast() && a.Is6():
		// It means something only together with the dialler's own zone.
		return classNever
	case isVirtual(i.Name):
		return classVirtual
	case a.IsLinkLocalUnicast():
		return classLinkLocal
	}
	return classGlobal
}

// Candidates returns the addresses that others should try to reach this node
// by, best first: global ones in the order of the interfaces, then link-local
// IPv4, then those of docker*, br-*, virbr*, veth* and their like, then
// loopback. IPv4 comes before IPv6 within a class. IPv6 link-local addresses,
// interfaces that are down, and repeats are left out.
func Candidates(ifaces []Interface) []netip.Addr {
	type candidate struct {
		addr  netip.Addr
		class int
	}
	var found []candidate
	seen := make(map[netip.Addr]bool)
	for _, i := range ifaces {
		for _, p := range i.Addrs {
			a := p.Addr().Unmap()
			c := class(i, a)
			if c == classNever || seen[a] {
				continue
			}
			seen[a] = true
			found = append(found, candidate{a, c})
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int {
		if x.class != y.class {
			return x.class - y.class
		}
		return x.addr.BitLen() - y.addr.BitLen()
	})
	out := make([]netip.Addr, len(found))
	for k, c := range found {
		out[k] = c.addr
	}
	return out
}

package netaddr

import (
	"fmt"
	"net/netip"
	"strings"
)

// maxList bounds how many addresses ParseList takes: no node has more, and a
// dialler would try them one after the other.
const maxList = 64

// FormatList writes addresses as "10.0.0.1:4000,[fd00::1]:4000": printable
// ASCII without blanks, for a store of keys and values. Where the whole list
// would be longer than limit bytes (0: no limit), the last addresses, which are
// the least likely to be of use, are left out.
func FormatList(addrs []netip.AddrPort, limit int) string {
	var b strings.Builder
	for _, a := range addrs {
		s := a.String()
		sep := min(b.Len(), 1)
		if limit > 0 && b.Len()+sep+len(s) > limit {
			break
		}
		if sep == 1 {
			b.WriteByte(',')
		}
		b.WriteString(s)
	}
	return b.String()
}

// ParseList reads what FormatList wrote. An empty list is an error: there would
// be nothing to dial.
func ParseList(s string) ([]netip.AddrPort, error) {
	if s == "" {
		return nil, fmt.Errorf("netaddr: the list of addresses is empty")
	}
	if n := strings.Count(s, ",") + 1; n > maxList {
		return nil, fmt.Errorf("netaddr: the list holds %d addresses, at most %d are allowed", n, maxList)
	}
	var out []netip.AddrPort
	for part := range strings.SplitSeq(s, ",") {
		a, err := netip.ParseAddrPort(part)
		if err != nil {
			return nil, fmt.Errorf("netaddr: address %q: want IP:PORT or [IPv6]:PORT", part)
		}
		if a.Port() == 0 {
			return nil, fmt.Errorf("netaddr: address %q: the port must not be 0", part)
		}
		out = append(out, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
	}
	return out, nil
}

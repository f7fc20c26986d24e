package netaddr

import (
	"fmt"
	"strconv"
	"strings"
)

// PortRange is the ports that a process may listen on, both ends included. The
// zero PortRange is any free port.
type PortRange struct {
	Min, Max int
}

// ParsePortRange reads A-B or A:B (both spellings are in use among MPIs), or
// one port. The empty string is the zero PortRange.
func ParsePortRange(s string) (PortRange, error) {
	if s == "" {
		return PortRange{}, nil
	}
	bad := func(why string) (PortRange, error) {
		return PortRange{}, fmt.Errorf("netaddr: port range %q: %s; want A-B or A:B with 1 <= A <= B <= 65535", s, why)
	}
	low, high, found := strings.Cut(strings.Replace(s, ":", "-", 1), "-")
	if !found {
		high = low
	}
	a, ok := parsePort(low)
	if !ok {
		return bad(fmt.Sprintf("%q is not a port", low))
	}
	b, ok := parsePort(high)
	if !ok {
		return bad(fmt.Sprintf("%q is not a port", high))
	}
	if a > b {
		return bad("it is empty")
	}
	return PortRange{Min: a, Max: b}, nil
}

func parsePort(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err == nil && n > 0
}

// IsZero reports whether any port will do.
func (r PortRange) IsZero() bool { return r == PortRange{} }

// String is "A-B", or "any" for the zero PortRange.
func (r PortRange) String() string {
	if r.IsZero() {
		return "any"
	}
	return fmt.Sprintf("%d-%d", r.Min, r.Max)
}

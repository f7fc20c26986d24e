package hostfile

import (
	"net/netip"
	"strconv"
	"strings"
)

const (
	hostList = "host list"
	// maxSlots bounds a count of slots, so that sums cannot overflow.
	maxSlots = 1 << 20
	// maxName is longer than any host name of the DNS (253) and shorter than
	// what would make expansion a way to fill memory.
	maxName = 255
)

// ParseHosts reads the list of a --host option: names or addresses separated by
// commas, each with an optional count of slots after a colon (a:2,b). An IPv6
// address stands in brackets: [::1]:3. A missing count is unknown (Slots 0).
// Repeats are kept: Merge joins them.
func ParseHosts(list string) ([]Host, error) {
	var hosts []Host
	for pos := 0; ; {
		end := len(list)
		if i := strings.IndexByte(list[pos:], ','); i >= 0 {
			end = pos + i
		}
		h, err := parseHost(list, pos, end)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
		if end == len(list) {
			return hosts, nil
		}
		pos = end + 1
	}
}

// parseHost reads the item list[pos:end].
func parseHost(list string, pos, end int) (Host, error) {
	item := list[pos:end]
	if item == "" {
		return Host{}, errorAt(hostList, list, pos, "a host name is missing")
	}
	name, rest := item, ""
	if item[0] == '[' {
		i := strings.IndexByte(item, ']')
		if i < 0 {
			return Host{}, errorAt(hostList, list, pos, `"[" without "]"`)
		}
		name, rest = item[1:i], item[i+1:]
		if a, err := netip.ParseAddr(name); err != nil || !a.Is6() || a.Zone() != "" {
			return Host{}, errorAt(hostList, list, pos+1, "%.64q is not an IPv6 address without a zone; brackets are for those only", name)
		}
		if rest != "" && rest[0] != ':' {
			return Host{}, errorAt(hostList, list, end-len(rest), `%.64q follows "]"; a count of slots is written [::1]:2`, rest)
		}
	} else if i := strings.IndexByte(item, ':'); i >= 0 {
		if i != strings.LastIndexByte(item, ':') {
			return Host{}, errorAt(hostList, list, pos, "%.64q has several colons; write an IPv6 address in brackets: [::1] or [::1]:2", item)
		}
		name, rest = item[:i], item[i:]
	}
	if item[0] != '[' {
		if i, what := badName(name); what != "" {
			return Host{}, errorAt(hostList, list, pos+i, "%s", what)
		}
	}
	h := Host{Name: name}
	if rest != "" {
		n, err := strconv.ParseUint(rest[1:], 10, 32)
		if err != nil || n < 1 || n > maxSlots {
			return Host{}, errorAt(hostList, list, end-len(rest)+1, "slots of %s: %.32q is not a number from 1 to %d", name, rest[1:], maxSlots)
		}
		h.Slots = int(n)
	}
	return h, nil
}

// badName says at which byte and why name cannot be a host's name. A name that
// begins with '-' could be taken for an option by a program that it is handed to.
func badName(name string) (int, string) {
	switch {
	case name == "":
		return 0, "a host name is missing"
	case len(name) > maxName:
		return 0, "the host name has " + strconv.Itoa(len(name)) + " bytes, more than " + strconv.Itoa(maxName)
	case name[0] == '-':
		return 0, `a host name cannot begin with "-"`
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return i, "unexpected " + strconv.QuoteRune(rune(c)) + " in a host name"
		}
	}
	return 0, ""
}

// FormatHosts writes what ParseHosts reads.
func FormatHosts(hosts []Host) string {
	var b strings.Builder
	for i, h := range hosts {
		if i > 0 {
			b.WriteByte(',')
		}
		if strings.Contains(h.Name, ":") {
			b.WriteString("[" + h.Name + "]")
		} else {
			b.WriteString(h.Name)
		}
		if h.Slots > 0 {
			b.WriteString(":" + strconv.Itoa(h.Slots))
		}
	}
	return b.String()
}

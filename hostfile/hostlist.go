package hostfile

import (
	"strconv"
	"strings"
)

const hostList = "host list"

// ParseHosts reads the list of a --host option: names or addresses separated by
// commas, each with an optional user before and an optional count of slots after
// it (a:2,ann@b). An IPv6 address with a count stands in brackets: [::1]:3. A
// missing count, and Open MPI's * and auto, are unknown (Slots 0). Repeats are
// kept: Merge joins them.
func ParseHosts(list string) ([]Host, error) {
	var hosts []Host
	var seen merger
	for pos := 0; ; {
		end := len(list)
		if i := strings.IndexByte(list[pos:], ','); i >= 0 {
			end = pos + i
		}
		h, err := parseTarget(target{hostList, list, pos, end}, true)
		if err != nil {
			return nil, err
		}
		if conflict := seen.add(h); conflict != "" {
			return nil, errorAt(hostList, list, pos, "%s", conflict)
		}
		if len(hosts) == MaxNodes {
			return nil, errorAt(hostList, list, pos, "more than %d hosts", MaxNodes)
		}
		hosts = append(hosts, h)
		if end == len(list) {
			return hosts, nil
		}
		pos = end + 1
	}
}

// FormatHosts writes what ParseHosts reads: of each host its name, user and slots.
func FormatHosts(hosts []Host) string {
	var b strings.Builder
	for i, h := range hosts {
		if i > 0 {
			b.WriteByte(',')
		}
		if h.User != "" {
			b.WriteString(h.User + "@")
		}
		b.WriteString(bracketed(h.Name))
		if h.Slots > 0 {
			b.WriteString(":" + strconv.Itoa(h.Slots))
		}
	}
	return b.String()
}

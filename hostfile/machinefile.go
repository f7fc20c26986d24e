package hostfile

import (
	"strconv"
	"strings"
)

// ParseMachinefile reads Intel MPI's -machinefile, which places ranks by itself:
//
//	line = [ host *( SP key "=" value ) ] | "#" ...
//	host = [ user "@" ] ( name | IPv4 | IPv6 | "[" IPv6 "]" ) [ ":" ranks ]
//	key  = user or binding
//
// The order of lines and their repeats are kept: a:2, b:2, a:1 gives ranks 0, 1
// and 4 to a. A line without a count takes one rank; what one line says of a host's
// user and binding holds for its other lines. filename is for errors; at
// most MaxNodes lines with hosts are taken.
func ParseMachinefile(filename, contents string) ([]Host, error) {
	clean, err := blank(text{filename, contents})
	if err != nil {
		return nil, err
	}
	hosts := []Host{}
	var seen merger
	for start, end := range clean.lines {
		from, to := clean.word(start, end)
		if from == to {
			continue
		}
		h, err := parseTarget(clean.target(from, to), false)
		if err != nil {
			return nil, err
		}
		if err := clean.settings(&h, to, end, mpichSettings); err != nil {
			return nil, err
		}
		h.Slots = max(h.Slots, 1)
		if conflict := seen.add(h); conflict != "" {
			return nil, clean.errorAt(from, "%s", conflict)
		}
		if len(hosts) == MaxNodes {
			return nil, clean.errorAt(from, "more than %d lines", MaxNodes)
		}
		hosts = append(hosts, h)
	}
	if len(hosts) == 0 {
		return nil, clean.errorAt(len(contents), "there is no host in it")
	}
	for i := range hosts {
		first := seen.hosts[seen.at[hosts[i].Name]]
		hosts[i].User, hosts[i].Binding = first.User, first.Binding
	}
	return hosts, nil
}

// FormatMachinefile writes what ParseMachinefile reads.
func FormatMachinefile(hosts []Host) string {
	var b strings.Builder
	for _, h := range hosts {
		b.WriteString(bracketed(h.Name) + ":" + strconv.Itoa(max(h.Slots, 1)))
		if h.User != "" {
			b.WriteString(" user=" + h.User)
		}
		if h.Binding != "" {
			b.WriteString(" binding=" + h.Binding)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

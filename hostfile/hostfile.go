package hostfile

import (
	"strconv"
	"strings"
)

// ParseHostfile reads a --hostfile in the notation of Open MPI, of MPICH, or both:
//
//	line    = [ host *( SP key "=" value ) ] | "^" host | rank
//	host    = [ user "@" ] ( name | IPv4 | IPv6 | "[" IPv6 "]" ) [ ":" slots ]
//	key     = slots, max-slots, username or port, in all of Open MPI's
//	          spellings; MPICH's user and binding
//	rank    = "rank" N "=" host "slot" "=" ...    a line of a rankfile: one slot
//	comment = "#" or "//" to the end of the line, "/*" to "*/"
//
// Entries of one host are joined as Merge does it. A host without a count has
// unknown slots; max-slots alone are its slots as well; ^host takes the host out.
// filename is for errors; at most MaxNodes hosts are taken.
//
// Unlike Open MPI, unknown words are refused, and so are hosts of 0 slots and
// hosts named by their place in an allocation (+n1, +e). Unlike MPICH, comments
// may end a line, and repeats need not follow one another.
func ParseHostfile(filename, contents string) ([]Host, error) {
	clean, err := blank(text{filename, contents})
	if err != nil {
		return nil, err
	}
	var m merger
	excluded := map[string]bool{}
	for start, end := range clean.lines {
		from, to := clean.word(start, end)
		var h Host
		switch {
		case from == to:
			continue
		case clean.s[from] == '^':
			h, err = parseTarget(clean.target(from+1, to), false)
			if err == nil && clean.skip(to, end) < end {
				err = clean.errorAt(clean.skip(to, end), "a host that is taken out with ^ has no settings")
			}
			excluded[h.Name] = true
		case clean.s[from] == '+':
			err = clean.errorAt(from, "%s chooses from an allocation by place: write the host's name", quoted(clean.s[from:to]))
		case clean.rankLine(from, end):
			h, err = clean.parseRankLine(to, end)
		default:
			if h, err = parseTarget(clean.target(from, to), false); err == nil {
				err = clean.settings(&h, to, end, openMPISettings, mpichSettings)
			}
		}
		if err != nil {
			return nil, err
		}
		if clean.s[from] == '^' {
			continue
		}
		if conflict := m.add(h); conflict != "" {
			return nil, clean.errorAt(from, "%s", conflict)
		}
		if len(m.hosts) > MaxNodes {
			return nil, clean.errorAt(from, "more than %d hosts", MaxNodes)
		}
	}
	hosts := []Host{}
	for _, h := range m.hosts {
		if !excluded[h.Name] {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil, clean.errorAt(len(contents), "there is no host in it")
	}
	return hosts, nil
}

// blank overwrites comments with spaces, which leaves the rest where it was.
func blank(t text) (text, error) {
	if !strings.ContainsAny(t.s, "#/") {
		return t, nil
	}
	b := []byte(t.s)
	for i := 0; i < len(b); i++ {
		rest := t.s[i:]
		n := 0
		switch {
		case b[i] == '"':
			// A quote that the line does not end is found when it is read.
			if j := strings.IndexAny(rest[1:], "\"\n"); j >= 0 && rest[1+j] == '"' {
				i += 1 + j
			}
		case b[i] == '#' || strings.HasPrefix(rest, "//"):
			if n = strings.IndexByte(rest, '\n'); n < 0 {
				n = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			if n = strings.Index(rest[2:], "*/"); n < 0 {
				return t, t.errorAt(i, `"/*" without "*/"`)
			}
			n += 4
		}
		for j := range n {
			if b[i+j] != '\n' {
				b[i+j] = ' '
			}
		}
		i += max(n, 1) - 1
	}
	return text{t.name, string(b)}, nil
}

// rankLine tells a line of a rankfile from a host that is called rank.
func (t text) rankLine(pos, end int) bool {
	from, to := t.word(pos, end)
	if t.s[from:to] != "rank" {
		return false
	}
	from = t.skip(to, end)
	for to = from; to < end && '0' <= t.s[to] && t.s[to] <= '9'; to++ {
	}
	eq := t.skip(to, end)
	return to > from && eq < end && t.s[eq] == '='
}

// parseRankLine reads what follows the word rank.
func (t text) parseRankLine(pos, end int) (Host, error) {
	pos = strings.IndexByte(t.s[pos:end], '=') + pos + 1
	from, to := t.word(pos, end)
	h, err := parseTarget(t.target(from, to), false)
	if err != nil {
		return Host{}, err
	}
	if h.Slots > 0 {
		return Host{}, t.errorAt(from, "a rank has one slot: leave the count out")
	}
	h.Slots = 1
	from = t.skip(to, end)
	for to = from; to < end && t.s[to] != '=' && !white(t.s[to]); to++ {
	}
	eq := t.skip(to, end)
	if word := t.s[from:to]; word != "slot" && word != "slots" || eq == end {
		return Host{}, t.errorAt(from, "want slot=... after host %s, where its rank is bound", h.Name)
	}
	if t.s[eq] != '=' || t.skip(eq+1, end) == end {
		return Host{}, t.errorAt(eq, "slot= has no value")
	}
	return h, nil
}

// FormatHostfile writes hosts, each of which stands there once, as ParseHostfile
// reads them.
func FormatHostfile(hosts []Host) string {
	var b strings.Builder
	for _, h := range hosts {
		b.WriteString(h.Name)
		if h.Slots > 0 {
			b.WriteString(" slots=" + strconv.Itoa(h.Slots))
		}
		if h.MaxSlots > 0 {
			b.WriteString(" max-slots=" + strconv.Itoa(h.MaxSlots))
		}
		if h.User != "" {
			b.WriteString(" username=" + h.User)
		}
		if h.Port > 0 {
			b.WriteString(" port=" + strconv.Itoa(h.Port))
		}
		if h.Binding != "" {
			b.WriteString(" binding=" + h.Binding)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

package hostfile

import (
	"net/netip"
	"strconv"
	"strings"
)

const (
	// maxSlots bounds a count of slots, so that sums cannot overflow.
	maxSlots = 1 << 20
	// maxName is longer than any host name of the DNS (253) and shorter than
	// what would make expansion a way to fill memory.
	maxName = 255
	// maxUser is Linux's limit of a login name, several times over.
	maxUser = 255
)

// target is where a host's item in a list or file stands: text[pos:end], in a
// text of this name.
type target struct {
	name, text string
	pos, end   int
}

func (t target) errorAt(offset int, format string, args ...any) *Error {
	return errorAt(t.name, t.text, offset, format, args...)
}

// parseTarget reads [USER@]HOST[:SLOTS], where an IPv6 address stands in
// brackets if a count follows. auto allows * and auto for a count that is
// not known, which Open MPI's --host has.
func parseTarget(t target, auto bool) (Host, error) {
	var h Host
	item := t.text[t.pos:t.end]
	if i := strings.IndexByte(item, '@'); i >= 0 {
		if at, what := badUser(item[:i]); what != "" {
			return Host{}, t.errorAt(t.pos+at, "%s", what)
		}
		h.User = item[:i]
		t.pos += i + 1
		item = item[i+1:]
	}
	if item == "" {
		return Host{}, t.errorAt(t.pos, "a host name is missing")
	}
	name, rest := item, ""
	switch colons := strings.Count(item, ":"); {
	case item[0] == '[':
		i := strings.IndexByte(item, ']')
		if i < 0 {
			return Host{}, t.errorAt(t.pos, `"[" without "]"`)
		}
		name, rest = item[1:i], item[i+1:]
		if _, ok := address6(name); !ok {
			return Host{}, t.errorAt(t.pos+1, "%.64q is not an IPv6 address without a zone; brackets are for those only", name)
		}
		if rest != "" && rest[0] != ':' {
			return Host{}, t.errorAt(t.end-len(rest), `%.64q follows "]"; a count of slots is written [::1]:2`, rest)
		}
	case colons > 1:
		if _, ok := address6(item); !ok {
			return Host{}, t.errorAt(t.pos, "%.64q has several colons and is not an IPv6 address; with a count of slots, write [::1]:2", item)
		}
	case colons == 1:
		i := strings.IndexByte(item, ':')
		name, rest = item[:i], item[i:]
		fallthrough
	default:
		if i, what := badName(name); what != "" {
			return Host{}, t.errorAt(t.pos+i, "%s", what)
		}
	}
	h.Name = canonical(name)
	if rest == "" || auto && (rest == ":*" || rest == ":auto") {
		return h, nil
	}
	n, err := parseSlots(h.Name, rest[1:])
	if err != "" {
		return Host{}, t.errorAt(t.end-len(rest)+1, "%s", err)
	}
	h.Slots = n
	return h, nil
}

// parseSlots reads how many slots the host of that name has, or says what is wrong.
func parseSlots(host, text string) (n int, what string) {
	v, err := strconv.ParseUint(text, 10, 32)
	switch {
	case err != nil || v > maxSlots || text[0] == '+':
		return 0, "slots of " + host + ": " + quoted(text) + " is not a number from 1 to " + strconv.Itoa(maxSlots)
	case v == 0:
		return 0, "host " + host + " has 0 slots, and would take no rank: give it 1 or more, or leave it out"
	}
	return int(v), ""
}

func quoted(s string) string {
	if len(s) > 32 {
		s = s[:32]
	}
	return strconv.Quote(s)
}

// address6 reads an IPv6 address. Zones name interfaces of this machine, and say
// nothing to another.
func address6(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Is6() && a.Zone() == ""
}

// canonical is the name under which a host is known: of the many ways to write
// an IPv6 address, one.
func canonical(name string) string {
	if a, ok := address6(name); ok {
		return a.String()
	}
	return name
}

// bracketed is a name as it can stand before a colon.
func bracketed(name string) string {
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
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
	return badByte(name, "a host name")
}

// badUser is badName for a user's name.
func badUser(name string) (int, string) {
	switch {
	case name == "":
		return 0, "a user name is missing"
	case len(name) > maxUser:
		return 0, "the user name has " + strconv.Itoa(len(name)) + " bytes, more than " + strconv.Itoa(maxUser)
	case name[0] == '-':
		return 0, `a user name cannot begin with "-"`
	}
	return badByte(name, "a user name")
}

func badByte(name, what string) (int, string) {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return i, "unexpected " + strconv.Quote(name[i:i+1]) + " in " + what
		}
	}
	return 0, ""
}

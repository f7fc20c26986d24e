package netaddr

import (
	"fmt"
	"net/netip"
	"path"
	"strings"
)

// Selection chooses among a node's interfaces and addresses, as --iface does.
// The zero Selection takes everything.
type Selection struct {
	text  string
	terms []term
}

// term is one item of the list: the interfaces whose name matches glob, or the
// addresses inside prefix.
type term struct {
	exclude bool
	glob    string
	prefix  netip.Prefix
}

// ParseSelection reads a comma-separated list of interface names (eth0), globs
// (ib*), networks (10.0.0.0/8) and addresses (10.1.2.3). A leading ^ excludes
// what the one item behind it matches; exclusion wins. A list of exclusions
// alone takes all the rest.
func ParseSelection(s string) (Selection, error) {
	sel := Selection{text: s}
	if strings.TrimSpace(s) == "" {
		return sel, nil
	}
	for item := range strings.SplitSeq(s, ",") {
		t, err := parseTerm(strings.TrimSpace(item))
		if err != nil {
			return Selection{}, fmt.Errorf("netaddr: interfaces %q: %w", s, err)
		}
		sel.terms = append(sel.terms, t)
	}
	return sel, nil
}

func parseTerm(item string) (term, error) {
	var t term
	item, t.exclude = strings.CutPrefix(item, "^")
	switch {
	case item == "":
		return term{}, fmt.Errorf("an item is empty: want names, globs (ib*), networks (10.0.0.0/8), each with ^ in front to exclude it")
	case strings.HasPrefix(item, "^"):
		return term{}, fmt.Errorf("item %q: one ^ excludes", item)
	case strings.Contains(item, "/"):
		p, err := netip.ParsePrefix(item)
		if err != nil {
			return term{}, fmt.Errorf("item %q is not a network: want one like 10.0.0.0/8 or fd00::/8", item)
		}
		t.prefix = p.Masked()
	default:
		if a, err := netip.ParseAddr(item); err == nil {
			a = a.WithZone("")
			t.prefix = netip.PrefixFrom(a, a.BitLen())
			break
		}
		if _, err := path.Match(item, ""); err != nil {
			return term{}, fmt.Errorf("item %q is not a pattern: unfinished [ or \\", item)
		}
		t.glob = item
	}
	return t, nil
}

func (t term) matches(name string, a netip.Addr) bool {
	if t.glob != "" {
		ok, _ := path.Match(t.glob, name)
		return ok
	}
	return t.prefix.Contains(a)
}

func (s Selection) takes(name string, a netip.Addr) bool {
	taken, wanted := false, false
	for _, t := range s.terms {
		hit := t.matches(name, a)
		if t.exclude {
			if hit {
				return false
			}
			continue
		}
		wanted = true
		taken = taken || hit
	}
	return taken || !wanted
}

// IsZero reports whether the selection takes everything.
func (s Selection) IsZero() bool { return len(s.terms) == 0 }

// String is the list as it was given.
func (s Selection) String() string { return s.text }

// Pick returns the chosen addresses in the order of Candidates. That nothing is
// left is an error that names the interfaces there are.
func (s Selection) Pick(ifaces []Interface) ([]netip.Addr, error) {
	var kept []Interface
	for _, i := range ifaces {
		k := i
		k.Addrs = nil
		for _, p := range i.Addrs {
			if s.takes(i.Name, p.Addr().Unmap()) {
				k.Addrs = append(k.Addrs, p)
			}
		}
		kept = append(kept, k)
	}
	out := Candidates(kept)
	if len(out) == 0 {
		return nil, fmt.Errorf("netaddr: interfaces %q: none has a usable address; there are %s", s.text, describe(ifaces))
	}
	return out, nil
}

func describe(ifaces []Interface) string {
	var parts []string
	for _, i := range ifaces {
		var addrs []string
		for _, p := range i.Addrs {
			if class(i, p.Addr().Unmap()) != classNever {
				addrs = append(addrs, p.Addr().Unmap().String())
			}
		}
		switch {
		case !i.Up:
			parts = append(parts, i.Name+" (down)")
		case len(addrs) == 0:
			parts = append(parts, i.Name+" (no usable address)")
		default:
			parts = append(parts, i.Name+" ("+strings.Join(addrs, " ")+")")
		}
	}
	if len(parts) == 0 {
		return "no interfaces"
	}
	return strings.Join(parts, ", ")
}

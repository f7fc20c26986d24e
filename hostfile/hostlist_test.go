package hostfile

import (
	"slices"
	"strings"
	"testing"
)

var hostListCases = []struct {
	list string
	want []Host
}{
	{"a", []Host{{Name: "a"}}},
	{"a:2,b,[::1]:3", []Host{{Name: "a", Slots: 2}, {Name: "b"}, {Name: "::1", Slots: 3}}},
	{"a,a:4,a", []Host{{Name: "a"}, {Name: "a", Slots: 4}, {Name: "a"}}},
	{"192.0.2.7:16", []Host{{Name: "192.0.2.7", Slots: 16}}},
	{"::1,2001:db8:0:0::7", []Host{{Name: "::1"}, {Name: "2001:db8::7"}}},
	{"a:*,b:auto", []Host{{Name: "a"}, {Name: "b"}}},
	{"ann@a:2,ann@[::1]:3", []Host{{Name: "a", Slots: 2, User: "ann"}, {Name: "::1", Slots: 3, User: "ann"}}},
	{"[2001:db8::7]", []Host{{Name: "2001:db8::7"}}},
	{"node-01.cluster_a.example:1048576", []Host{{Name: "node-01.cluster_a.example", Slots: 1 << 20}}},
}

func TestParseHosts(t *testing.T) {
	for _, c := range hostListCases {
		got, err := ParseHosts(c.list)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("ParseHosts(%q) = %v, %v; want %v", c.list, got, err, c.want)
		}
	}
}

var badHostLists = []struct{ list, want string }{
	{"", `host list:1:1: a host name is missing`},
	{"a,,b", `host list:1:3: a host name is missing`},
	{"a,", `host list:1:3: a host name is missing`},
	{":2", `host list:1:1: a host name is missing`},
	{"a:", `host list:1:3: slots of a: "" is not a number from 1 to 1048576`},
	{"a:0", `host list:1:3: host a has 0 slots, and would take no rank: give it 1 or more, or leave it out`},
	{"b,a:-1", `host list:1:5: slots of a: "-1" is not a number from 1 to 1048576`},
	{"a:1048577", `host list:1:3: slots of a: "1048577" is not a number from 1 to 1048576`},
	{"a:2:3", `host list:1:1: "a:2:3" has several colons and is not an IPv6 address; with a count of slots, write [::1]:2`},
	{"@a", `host list:1:1: a user name is missing`},
	{"ann@", `host list:1:5: a host name is missing`},
	{"b,-l@a", `host list:1:3: a user name cannot begin with "-"`},
	{"ann@bob@a", `host list:1:8: unexpected "@" in a host name`},
	{"ann@a,bob@a", `host list:1:7: another user stands for this host above: ann`},
	{"a:+2", `host list:1:3: slots of a: "+2" is not a number from 1 to 1048576`},
	{"a:1048576,a", `host list:1:11: the slots of the host add up to more than 1048576`},
	{"[::1", `host list:1:1: "[" without "]"`},
	{"[::1]3", `host list:1:6: "3" follows "]"; a count of slots is written [::1]:2`},
	{"[a]:3", `host list:1:2: "a" is not an IPv6 address without a zone; brackets are for those only`},
	{"[fe80::1%eth0]", `host list:1:2: "fe80::1%eth0" is not an IPv6 address without a zone; brackets are for those only`},
	{"a b", `host list:1:2: unexpected " " in a host name`},
	{"a,-oProxyCommand=x", `host list:1:3: a host name cannot begin with "-"`},
	{strings.Repeat("h", 256), `host list:1:1: the host name has 256 bytes, more than 255`},
}

func TestParseHostsErrors(t *testing.T) {
	for _, c := range badHostLists {
		if got, err := ParseHosts(c.list); err == nil || err.Error() != c.want {
			t.Errorf("ParseHosts(%.40q) = %v, %v\nwant %s", c.list, got, err, c.want)
		}
	}
}

func FuzzHosts(f *testing.F) {
	for _, c := range hostListCases {
		f.Add(c.list)
	}
	for _, c := range badHostLists {
		f.Add(c.list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		hosts, err := ParseHosts(list)
		if err != nil {
			return
		}
		text := FormatHosts(hosts)
		back, err := ParseHosts(text)
		if err != nil || !slices.Equal(back, hosts) {
			t.Fatalf("%q is %v, written %q, read back as %v, %v", list, hosts, text, back, err)
		}
	})
}

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
	{"a", []Host{{"a", 0}}},
	{"a:2,b,[::1]:3", []Host{{"a", 2}, {"b", 0}, {"::1", 3}}},
	{"a,a:4,a", []Host{{"a", 0}, {"a", 4}, {"a", 0}}},
	{"192.0.2.7:16", []Host{{"192.0.2.7", 16}}},
	{"[2001:db8::7]", []Host{{"2001:db8::7", 0}}},
	{"node-01.cluster_a.example:1048576", []Host{{"node-01.cluster_a.example", 1 << 20}}},
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
	{"a:0", `host list:1:3: slots of a: "0" is not a number from 1 to 1048576`},
	{"b,a:-1", `host list:1:5: slots of a: "-1" is not a number from 1 to 1048576`},
	{"a:1048577", `host list:1:3: slots of a: "1048577" is not a number from 1 to 1048576`},
	{"::1", `host list:1:1: "::1" has several colons; write an IPv6 address in brackets: [::1] or [::1]:2`},
	{"[::1", `host list:1:1: "[" without "]"`},
	{"[::1]3", `host list:1:6: "3" follows "]"; a count of slots is written [::1]:2`},
	{"[a]:3", `host list:1:2: "a" is not an IPv6 address without a zone; brackets are for those only`},
	{"[fe80::1%eth0]", `host list:1:2: "fe80::1%eth0" is not an IPv6 address without a zone; brackets are for those only`},
	{"a b", `host list:1:2: unexpected ' ' in a host name`},
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

func TestMerge(t *testing.T) {
	for _, c := range []struct{ hosts, want []Host }{
		{nil, []Host{}},
		{[]Host{{"a", 0}, {"b", 2}}, []Host{{"a", 0}, {"b", 2}}},
		{[]Host{{"a", 0}, {"b", 0}, {"a", 0}, {"a", 0}}, []Host{{"a", 3}, {"b", 0}}},
		{[]Host{{"a", 2}, {"a", 3}, {"a", 0}}, []Host{{"a", 6}}},
	} {
		if got := Merge(c.hosts); !slices.Equal(got, c.want) {
			t.Errorf("Merge(%v) = %v, want %v", c.hosts, got, c.want)
		}
	}
}

package netaddr

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func iface(name string, addrs ...string) Interface {
	i := Interface{Name: name, Up: true, Loopback: name == "lo"}
	for _, a := range addrs {
		i.Addrs = append(i.Addrs, netip.MustParsePrefix(a))
	}
	return i
}

// clusterNode has what real nodes have, in an inconvenient order.
func clusterNode() []Interface {
	down := iface("eth9", "10.99.0.1/24")
	down.Up = false
	return []Interface{
		iface("lo", "127.0.0.1/8", "::1/128"),
		iface("docker0", "172.17.0.1/16"),
		iface("virbr0", "192.168.122.1/24"),
		iface("br-5c2a", "172.18.0.1/16"),
		iface("veth12ab", "10.244.0.9/32"),
		down,
		iface("eth0", "fd00::2/64", "192.0.2.2/24", "fe80::1/64"),
		iface("usb0", "169.254.3.4/16"),
		iface("ib0", "10.1.0.2/16", "192.0.2.2/24"),
	}
}

func texts(addrs []netip.Addr) string {
	var s []string
	for _, a := range addrs {
		s = append(s, a.String())
	}
	return strings.Join(s, " ")
}

func TestCandidates(t *testing.T) {
	got := texts(Candidates(clusterNode()))
	want := "192.0.2.2 10.1.0.2 fd00::2 169.254.3.4 " +
		"172.17.0.1 192.168.122.1 172.18.0.1 10.244.0.9 127.0.0.1 ::1"
	if got != want {
		t.Errorf("Candidates =\n%s\nwant\n%s", got, want)
	}
	if got := Candidates(nil); len(got) != 0 {
		t.Errorf("Candidates of no interfaces = %v", got)
	}
}

func TestSelection(t *testing.T) {
	for _, tc := range []struct{ list, want string }{
		{"", "192.0.2.2 10.1.0.2 fd00::2 169.254.3.4 172.17.0.1 192.168.122.1 172.18.0.1 10.244.0.9 127.0.0.1 ::1"},
		{"ib0", "10.1.0.2 192.0.2.2"},
		{"eth0", "192.0.2.2 fd00::2"},
		{"e*,^fd00::/8", "192.0.2.2"},
		{"10.0.0.0/8", "10.1.0.2 10.244.0.9"},
		{"10.0.0.0/8,^veth*", "10.1.0.2"},
		{"^veth*,10.0.0.0/8", "10.1.0.2"},
		{"^lo,^docker*,^br-*,^virbr*,^veth*", "192.0.2.2 10.1.0.2 fd00::2 169.254.3.4"},
		{"lo", "127.0.0.1 ::1"},
		{"::1", "::1"},
		{"lo, ib[0-3]", "10.1.0.2 192.0.2.2 127.0.0.1 ::1"},
		{"192.0.2.2,^eth0", "192.0.2.2"},
	} {
		sel, err := ParseSelection(tc.list)
		if err != nil {
			t.Errorf("ParseSelection(%q): %v", tc.list, err)
			continue
		}
		got, err := sel.Pick(clusterNode())
		if err != nil || texts(got) != tc.want {
			t.Errorf("%q picks %s, %v; want %s", tc.list, texts(got), err, tc.want)
		}
	}
}

func TestSelectionOfNothingNamesWhatThereIs(t *testing.T) {
	sel, err := ParseSelection("eth7,eth9")
	if err != nil {
		t.Fatal(err)
	}
	_, err = sel.Pick(clusterNode())
	if err == nil {
		t.Fatal("want an error")
	}
	for _, want := range []string{`"eth7,eth9"`, "ib0 (10.1.0.2 192.0.2.2)", "eth9 (down)", "eth0 (fd00::2 192.0.2.2)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

func TestSelectionErrors(t *testing.T) {
	for _, list := range []string{",", "eth0,", "^", "^^eth0", "10.0.0.0/99", "a/b", "eth[0"} {
		if _, err := ParseSelection(list); err == nil || !strings.Contains(err.Error(), list) {
			t.Errorf("ParseSelection(%q) = %v, want an error that quotes it", list, err)
		}
	}
}

func TestPortRange(t *testing.T) {
	for _, tc := range []struct {
		text string
		want PortRange
	}{
		{"", PortRange{}},
		{"20000-20100", PortRange{20000, 20100}},
		{"20000:20100", PortRange{20000, 20100}},
		{"7", PortRange{7, 7}},
		{"1-65535", PortRange{1, 65535}},
	} {
		got, err := ParsePortRange(tc.text)
		if err != nil || got != tc.want {
			t.Errorf("ParsePortRange(%q) = %v, %v; want %v", tc.text, got, err, tc.want)
		}
	}
	for _, text := range []string{"-", "1-", "-5", "0-5", "5-4", "1-65536", "a-b", "1-2-3", "1:2-3", " 1-2", "1--2"} {
		if r, err := ParsePortRange(text); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("ParsePortRange(%q) = %v, %v; want an error that quotes it", text, r, err)
		}
	}
}

func TestFormatListCutsTheTail(t *testing.T) {
	addrs := []netip.AddrPort{
		netip.MustParseAddrPort("10.0.0.1:4000"),
		netip.MustParseAddrPort("[fd00::1]:4000"),
		netip.MustParseAddrPort("127.0.0.1:4000"),
	}
	whole := "10.0.0.1:4000,[fd00::1]:4000,127.0.0.1:4000"
	for limit, want := range map[int]string{
		0:          whole,
		len(whole): whole,
		42:         "10.0.0.1:4000,[fd00::1]:4000",
		28:         "10.0.0.1:4000,[fd00::1]:4000",
		27:         "10.0.0.1:4000",
		13:         "10.0.0.1:4000",
		12:         "",
	} {
		if got := FormatList(addrs, limit); got != want {
			t.Errorf("FormatList(limit %d) = %q, want %q", limit, got, want)
		}
	}
	got, err := ParseList(whole)
	if err != nil || !slices.Equal(got, addrs) {
		t.Errorf("ParseList = %v, %v", got, err)
	}
}

func TestParseListErrors(t *testing.T) {
	for _, s := range []string{"", "10.0.0.1", "10.0.0.1:0", "host:1", "10.0.0.1:1,", "10.0.0.1:1,,10.0.0.2:1", "10.0.0.1:70000",
		strings.Repeat("1.1.1.1:1,", 64) + "1.1.1.1:1"} {
		if got, err := ParseList(s); err == nil {
			t.Errorf("ParseList(%q) = %v, want an error", s, got)
		}
	}
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"10.0.0.1:4000", "[fd00::1]:4000,127.0.0.1:1", "[::ffff:1.2.3.4]:5", "[fe80::1%eth0]:1", ","} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := ParseList(s)
		if err != nil {
			return
		}
		text := FormatList(list, 0)
		again, err := ParseList(text)
		if err != nil || !slices.Equal(list, again) {
			t.Errorf("%q parses to %v, which is written %q and parses to %v, %v", s, list, text, again, err)
		}
	})
}

func FuzzSelection(f *testing.F) {
	for _, s := range []string{"eth0,^docker*,10.0.0.0/8", "^lo", "ib[0-9]", "fd00::/8", "fe80::1%eth0", "\\"} {
		f.Add(s)
	}
	all := Candidates(clusterNode())
	f.Fuzz(func(t *testing.T, s string) {
		sel, err := ParseSelection(s)
		if err != nil {
			return
		}
		picked, err := sel.Pick(clusterNode())
		if err == nil && len(picked) == 0 {
			t.Errorf("%q picks nothing without an error", s)
		}
		for _, a := range picked {
			if !slices.Contains(all, a) {
				t.Errorf("%q picks %v, which is no candidate", s, a)
			}
		}
	})
}

func TestInterfacesOfThisNode(t *testing.T) {
	ifaces, err := Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(Candidates(ifaces), netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("127.0.0.1 is not among %v", Candidates(ifaces))
	}
}

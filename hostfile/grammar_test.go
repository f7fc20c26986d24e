package hostfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// grammar is what the tests of all file grammars share.
type grammar struct {
	parse func(name, contents string) ([]Host, error)
	// format writes what back reads: the grammar itself, or, where only machines
	// write it, the hostfile's.
	format func([]Host) string
	back   func(name, contents string) ([]Host, error)
	good   []struct {
		text string
		want []Host
	}
	bad []struct{ text, want string }
}

func (g grammar) test(t *testing.T) {
	for _, c := range g.good {
		for _, text := range []string{c.text, strings.ReplaceAll(c.text, "\n", "\r\n"), c.text + "\n", strings.TrimSuffix(c.text, "\n"), byteOrderMark + c.text} {
			got, err := g.parse("f", text)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q is read as %+v, %v\nwant %+v", text, got, err, c.want)
			}
			g.identity(t, text)
		}
	}
	for _, c := range g.bad {
		got, err := g.parse("f", c.text)
		var at *Error
		if !errors.As(err, &at) || err.Error() != c.want {
			t.Errorf("%.60q is read as %.3v, %v\nwant %s", c.text, got, err, c.want)
		}
	}
}

// identity: parse, format, parse gives the same.
func (g grammar) identity(t *testing.T, text string) {
	hosts, err := g.parse("f", text)
	if err != nil {
		var at *Error
		if !errors.As(err, &at) || at.Name != "f" || at.Line < 1 || at.Col < 1 || at.Line > 1+strings.Count(text, "\n") {
			t.Fatalf("%q: %v has no place", text, err)
		}
		return
	}
	if len(hosts) == 0 || len(hosts) > MaxNodes {
		t.Fatalf("%q holds %d hosts", text, len(hosts))
	}
	for _, h := range hosts {
		if h.Name == "" || h.Slots < 0 || h.Slots > maxSlots || h.MaxSlots != 0 && h.MaxSlots < h.Slots || h.Name[0] == '-' {
			t.Fatalf("%q is read as %+v", text, hosts)
		}
	}
	written := g.format(hosts)
	back, err := g.back("f", written)
	if err != nil || !slices.Equal(back, hosts) {
		t.Fatalf("%q is %+v, written %q, read back as %+v, %v", text, hosts, written, back, err)
	}
}

func (g grammar) fuzz(f *testing.F) {
	for _, c := range g.good {
		f.Add(c.text)
	}
	for _, c := range g.bad {
		if len(c.text) < 1<<16 { // a seed is also a test
			f.Add(c.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { g.identity(t, text) })
}

type good = []struct {
	text string
	want []Host
}

type bad = []struct{ text, want string }

func TestHostfile(t *testing.T)    { hostfileGrammar.test(t) }
func TestMachinefile(t *testing.T) { machinefileGrammar.test(t) }
func TestPBS(t *testing.T)         { pbsGrammar.test(t) }
func TestLSFHosts(t *testing.T)    { lsfHostsGrammar.test(t) }
func TestLSFHostfile(t *testing.T) { lsfHostfileGrammar.test(t) }
func TestSGE(t *testing.T)         { sgeGrammar.test(t) }

func FuzzHostfile(f *testing.F)    { hostfileGrammar.fuzz(f) }
func FuzzMachinefile(f *testing.F) { machinefileGrammar.fuzz(f) }
func FuzzPBS(f *testing.F)         { pbsGrammar.fuzz(f) }
func FuzzLSFHosts(f *testing.F)    { lsfHostsGrammar.fuzz(f) }
func FuzzSGE(f *testing.F)         { sgeGrammar.fuzz(f) }

var hostfileGrammar = grammar{
	parse: ParseHostfile, format: FormatHostfile, back: ParseHostfile,
	good: good{
		{"a\nb\n", []Host{{Name: "a"}, {Name: "b"}}},
		{"a slots=2\n\n  b\tslots = 4 \n", []Host{{Name: "a", Slots: 2}, {Name: "b", Slots: 4}}},
		{"a slots =2\nb slots= 4", []Host{{Name: "a", Slots: 2}, {Name: "b", Slots: 4}}},
		{"a cpu=2 max_cpu=4\nb count=3 count-max=3\nc max-slots=8", []Host{{Name: "a", Slots: 2, MaxSlots: 4}, {Name: "b", Slots: 3, MaxSlots: 3}, {Name: "c", Slots: 8, MaxSlots: 8}}},
		// A line a slot, as in PBS_NODEFILE; repeats need not be neighbours.
		{"a\nb\na\na\n", []Host{{Name: "a", Slots: 3}, {Name: "b"}}},
		{"a slots=2\na:3\n", []Host{{Name: "a", Slots: 5}}},
		{"a:2\nb:3 user=ann binding=map:0,4\n", []Host{{Name: "a", Slots: 2}, {Name: "b", Slots: 3, User: "ann", Binding: "map:0,4"}}},
		{"ann@a slots=1\nb username=bob port=2222\nc user-name=\"eve\"\nd user_name=x", []Host{
			{Name: "a", Slots: 1, User: "ann"}, {Name: "b", User: "bob", Port: 2222}, {Name: "c", User: "eve"}, {Name: "d", User: "x"}}},
		{"192.0.2.7 slots=2\n2001:db8::7 slots=3\n[2001:db8::8]:4\nann@fe80::1\n[::1]", []Host{
			{Name: "192.0.2.7", Slots: 2}, {Name: "2001:db8::7", Slots: 3}, {Name: "2001:db8::8", Slots: 4}, {Name: "fe80::1", User: "ann"}, {Name: "::1"}}},
		{"2001:DB8:0:0::1\n[2001:db8::1]:2\n", []Host{{Name: "2001:db8::1", Slots: 3}}},
		{"# all\na slots=2 # two\n// more\nb//c\n/* x\n slots=9 y */ c\n/**/d/* */\n#", []Host{{Name: "a", Slots: 2}, {Name: "b"}, {Name: "c"}, {Name: "d"}}},
		{"a\nb\n^a\nc\n^z\n", []Host{{Name: "b"}, {Name: "c"}}},
		{"15\nrank\nn_1.example.org", []Host{{Name: "15"}, {Name: "rank"}, {Name: "n_1.example.org"}}},
		{"rank 0=a slot=0-1\nrank 1 = b slot = 1:0\nrank 2=a slots=p1:*\n", []Host{{Name: "a", Slots: 2}, {Name: "b", Slots: 1}}},
		{"a\n\fb\v slots=1", []Host{{Name: "a"}, {Name: "b", Slots: 1}}},
	},
	bad: bad{
		{"", `f:1:1: there is no host in it`},
		{"# a\n\n", `f:3:1: there is no host in it`},
		{"a\n^a\n", `f:3:1: there is no host in it`},
		{"a slots=2\nb slot=2\n", `f:2:3: unknown word "slot" after host b: want slots, max-slots, username, port, user or binding=VALUE`},
		{"a b\n", `f:1:3: unknown word "b" after host a: want slots, max-slots, username, port, user or binding=VALUE`},
		{"a slots 2", `f:1:3: unknown word "slots" after host a: want slots, max-slots, username, port, user or binding=VALUE`},
		{"a sockets=2", `f:1:3: unknown word "sockets" after host a: want slots, max-slots, username, port, user or binding=VALUE`},
		{"a =2", `f:1:3: unknown word "" after host a: want slots, max-slots, username, port, user or binding=VALUE`},
		{"a slots=2 slots=3", `f:1:17: host a has its slots given twice`},
		{"a:2 slots=3", `f:1:11: host a has its slots given twice`},
		{"a max-slots=2 slots_max=3", `f:1:25: host a has its most slots given twice`},
		{"ann@a username=bob", `f:1:16: host a has its user given twice`},
		{"a port=1 port=2", `f:1:15: host a has its port given twice`},
		{"a binding=x binding=y", `f:1:21: host a has its binding given twice`},
		{"a slots=", `f:1:8: slots= has no value`},
		{"a slots=\nb", `f:1:8: slots= has no value`},
		{"a slots=0", `f:1:9: host a has 0 slots, and would take no rank: give it 1 or more, or leave it out`},
		{"b\na:0", `f:2:3: host a has 0 slots, and would take no rank: give it 1 or more, or leave it out`},
		{"a slots=auto", `f:1:9: slots of a: "auto" is not a number from 1 to 1048576`},
		{"a slots=-1", `f:1:9: slots of a: "-1" is not a number from 1 to 1048576`},
		{"a slots=1048577", `f:1:9: slots of a: "1048577" is not a number from 1 to 1048576`},
		{"a slots=99999999999999999999999999999999999", `f:1:9: slots of a: "99999999999999999999999999999999" is not a number from 1 to 1048576`},
		{"a slots=4 max-slots=2", `f:1:22: host a has 4 slots, more than the 2 that it can have at most`},
		{"a port=65536", `f:1:8: "65536" is not a port: 1 to 65535`},
		{"a username=\"b", `f:1:12: a quote without its end`},
		{"a username=\"b\nc", `f:1:12: a quote without its end`},
		{"a username=-lroot", `f:1:12: a user name cannot begin with "-"`},
		{"a username=\"\"", `f:1:11: username= has no value`},
		{"a username=b\na username=c", `f:2:1: another user stands for this host above: b`},
		{"a port=1\na port=2", `f:2:1: another port stands for this host above`},
		{"a slots=1048576\na", `f:2:1: the slots of the host add up to more than 1048576`},
		{"a /* b\nc", `f:1:3: "/*" without "*/"`},
		{"a\n+n1\n", `f:2:1: "+n1" chooses from an allocation by place: write the host's name`},
		{"a\n+e:2 slots=2\n", `f:2:1: "+e:2" chooses from an allocation by place: write the host's name`},
		{"^a slots=2", `f:1:4: a host that is taken out with ^ has no settings`},
		{"^", `f:1:2: a host name is missing`},
		{"a\n-oProxyCommand=x", `f:2:1: a host name cannot begin with "-"`},
		{"n[1-4]", `f:1:2: unexpected "[" in a host name`},
		{"a:b:c", `f:1:1: "a:b:c" has several colons and is not an IPv6 address; with a count of slots, write [::1]:2`},
		{"[a]:2", `f:1:2: "a" is not an IPv6 address without a zone; brackets are for those only`},
		{"a\x00b", `f:1:2: unexpected "\x00" in a host name`},
		{"a\rb", `f:1:2: unexpected "\r" in a host name`},
		{"\xff\xfea", `f:1:1: unexpected "\xff" in a host name`},
		{"rank 0=a", `f:1:9: want slot=... after host a, where its rank is bound`},
		{"rank 0=a slot=", `f:1:14: slot= has no value`},
		{"rank 0=a:2 slot=1", `f:1:8: a rank has one slot: leave the count out`},
		{"rank 0=", `f:1:8: a host name is missing`},
		{many(MaxNodes + 1), fmt.Sprintf(`f:%d:1: more than %d hosts`, MaxNodes+1, MaxNodes)},
	},
}

var machinefileGrammar = grammar{
	parse: ParseMachinefile, format: FormatMachinefile, back: ParseMachinefile,
	good: good{
		{"node0:2\nnode1:2\nnode0:1\n", []Host{{Name: "node0", Slots: 2}, {Name: "node1", Slots: 2}, {Name: "node0", Slots: 1}}},
		{"a\na\nb # two\n# c\n", []Host{{Name: "a", Slots: 1}, {Name: "a", Slots: 1}, {Name: "b", Slots: 1}}},
		{"a:2 binding=map=0,8 user=ann\n", []Host{{Name: "a", Slots: 2, User: "ann", Binding: "map=0,8"}}},
		{"a\nb\na:2 user=ann\n", []Host{{Name: "a", Slots: 1, User: "ann"}, {Name: "b", Slots: 1}, {Name: "a", Slots: 2, User: "ann"}}},
		{"[::1]:2\n::1\n0::1", []Host{{Name: "::1", Slots: 2}, {Name: "::1", Slots: 1}, {Name: "::1", Slots: 1}}},
	},
	bad: bad{
		{"\n\n", `f:3:1: there is no host in it`},
		{"a:2\nb slots=2\n", `f:2:3: unknown word "slots" after host b: want user or binding=VALUE`},
		{"a 2\n", `f:1:3: unknown word "2" after host a: want user or binding=VALUE`},
		{"a:0\n", `f:1:3: host a has 0 slots, and would take no rank: give it 1 or more, or leave it out`},
		{"a user=x\na user=y\n", `f:2:1: another user stands for this host above: x`},
		{"^a\n", `f:1:1: unexpected "^" in a host name`},
		{many(MaxNodes + 1), fmt.Sprintf(`f:%d:1: more than %d lines`, MaxNodes+1, MaxNodes)},
	},
}

var pbsGrammar = grammar{
	parse: ParsePBS, format: FormatHostfile, back: ParseHostfile,
	good: good{
		{"a\na\nb\na\n", []Host{{Name: "a", Slots: 3}, {Name: "b", Slots: 1}}},
		{"n1.example.org\n2001:db8::1\n", []Host{{Name: "n1.example.org", Slots: 1}, {Name: "2001:db8::1", Slots: 1}}},
	},
	bad: bad{
		{"", `f:1:1: there is no host in it`},
		{"a\nb slots=2\n", `f:2:3: unknown word "slots=2" after host b: a line holds a host's name alone, once a slot`},
		{"a:2\n", `f:1:1: "a:2" is not a host's name alone, which every line holds once a slot`},
		{"# a\n", `f:1:1: unexpected "#" in a host name`},
	},
}

var lsfHostfileGrammar = grammar{
	parse: ParseLSFHostfile, format: FormatHostfile, back: ParseHostfile,
	good: good{{"hostA\nhostA\nhostB\n", []Host{{Name: "hostA", Slots: 2}, {Name: "hostB", Slots: 1}}}},
	bad:  bad{{"hostA 2\n", `f:1:7: unknown word "2" after host hostA: a line holds a host's name alone, once a slot`}},
}

var lsfHostsGrammar = grammar{
	parse: func(name, value string) ([]Host, error) {
		return ParseLSFHosts(name, strings.TrimPrefix(strings.ReplaceAll(strings.ReplaceAll(value, "\r", " "), "\n", " "), byteOrderMark))
	},
	format: FormatHostfile, back: ParseHostfile,
	good: good{
		{"hostA 5 hostB 3", []Host{{Name: "hostA", Slots: 5}, {Name: "hostB", Slots: 3}}},
		{" a  1\tb 2 a 3 ", []Host{{Name: "a", Slots: 4}, {Name: "b", Slots: 2}}},
		{"::1 2 192.0.2.1 1", []Host{{Name: "::1", Slots: 2}, {Name: "192.0.2.1", Slots: 1}}},
	},
	bad: bad{
		{"", `f:1:1: there is no host in it`},
		{"a 1 b", `f:1:6: the slots of host b are missing`},
		{"a b 1", `f:1:3: slots of a: "b" is not a number from 1 to 1048576`},
		{"a 0", `f:1:3: host a has 0 slots, and would take no rank: give it 1 or more, or leave it out`},
		{"a:2 1", `f:1:1: "a:2" is not a host's name; after it stand its slots`},
	},
}

var sgeGrammar = grammar{
	parse: ParseSGE, format: FormatHostfile, back: ParseHostfile,
	good: good{
		{"n1 4 all.q@n1 UNDEFINED\nn2 2 all.q@n2 <NULL>\nn1 1 short.q@n1 0,0:0,1\n", []Host{{Name: "n1", Slots: 5}, {Name: "n2", Slots: 2}}},
		{"n1 4\nn2 2 all.q\n::1 1 q UNDEFINED", []Host{{Name: "n1", Slots: 4}, {Name: "n2", Slots: 2}, {Name: "::1", Slots: 1}}},
	},
	bad: bad{
		{"", `f:1:1: there is no host in it`},
		{"n1\n", `f:1:3: the slots of host n1 are missing`},
		{"n1 all.q 4\n", `f:1:4: slots of n1: "all.q" is not a number from 1 to 1048576`},
		{"n1 0 all.q UNDEFINED\n", `f:1:4: host n1 has 0 slots, and would take no rank: give it 1 or more, or leave it out`},
		{"n1 4 all.q UNDEFINED more\n", `f:1:22: unknown word "more": a line has host, slots, queue and processors`},
	},
}

// many is a file of n hosts.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "n%d\n", i)
	}
	return b.String()
}

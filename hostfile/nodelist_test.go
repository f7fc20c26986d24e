package hostfile

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var nodeListCases = []struct{ list, want string }{
	{"", ""},
	{" ,\t\n", ""},
	{"node1", "node1"},
	{"foox,fooy,fooz", "foox fooy fooz"},
	{"foo1,foo1,foo1", "foo1 foo1 foo1"},
	{"a b\tc\nd,,e", "a b c d e"},
	{"[1-3,5-6]", "1 2 3 5 6"},
	{"foo[1-5]", "foo1 foo2 foo3 foo4 foo5"},
	{"foo[0-4]-eth2", "foo0-eth2 foo1-eth2 foo2-eth2 foo3-eth2 foo4-eth2"},
	{"foo[1,1,2,1]", "foo1 foo1 foo2 foo1"},
	{"foo[3]", "foo3"},
	// The width is lo's alone, and each range has its own.
	{"[00-02]", "00 01 02"},
	{"[00-2]", "00 01 02"},
	{"n[8-10]", "n8 n9 n10"},
	{"n[08-10]", "n08 n09 n10"},
	{"n[98-101]", "n98 n99 n100 n101"},
	{"n[1,02]", "n1 n02"},
	{"n[005,4,11-13]", "n005 n4 n11 n12 n13"},
	// Any number of brackets; the last runs fastest, the first next.
	{"rack[0-1]node[01-03]", "rack0node01 rack0node02 rack0node03 rack1node01 rack1node02 rack1node03"},
	{"a[1-2]b[3,5]c", "a1b3c a1b5c a2b3c a2b5c"},
	{"[1-2][3-4]", "13 14 23 24"},
	{"x[1-2]y[1-2]z[1-2]", "x1y1z1 x1y1z2 x2y1z1 x2y1z2 x1y2z1 x1y2z2 x2y2z1 x2y2z2"},
	{"a[1-3][4-5][6-7]", "a146 a147 a246 a247 a346 a347 a156 a157 a256 a257 a356 a357"},
	{"login,n[1-2],gpu-07.cluster", "login n1 n2 gpu-07.cluster"},
	{"n[999999999999999998-999999999999999999]", "n999999999999999998 n999999999999999999"},
}

func TestExpandNodeList(t *testing.T) {
	for _, c := range nodeListCases {
		got, err := ExpandNodeList(c.list)
		if err != nil || !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("ExpandNodeList(%q) = %q, %v; want %s", c.list, got, err, c.want)
		}
	}
}

var badNodeLists = []struct{ list, want string }{
	{"n[1-3", `node list:1:2: "[" without "]"`},
	{"n[", `node list:1:2: "[" without "]"`},
	{"n[1-", `node list:1:2: "[" without "]"`},
	{"a,\nbc[1,2", `node list:2:3: "[" without "]"`},
	{"n1]", `node list:1:3: "]" without "["`},
	{"n[]", `node list:1:3: a number is missing before ']'`},
	{"n[1,]", `node list:1:5: a number is missing before ']'`},
	{"n[1--2]", `node list:1:5: a number is missing before '-'`},
	{"n[-2]", `node list:1:3: a number is missing before '-'`},
	{"n[a-b]", `node list:1:3: a number is missing before 'a'`},
	{"n[1-2a]", `node list:1:6: unexpected 'a' in brackets; ranges are like [1-3,07]`},
	{"n[1 2]", `node list:1:4: unexpected ' ' in brackets; ranges are like [1-3,07]`},
	{"n[3-1]", `node list:1:3: the range 3-1 runs backwards`},
	{"bgl[000x133]", `node list:1:8: boxes such as [000x133] are not supported: scontrol show hostnames expands them`},
	{"{fast}", `node list:1:1: node features in braces can be expanded by Slurm's controller only: scontrol show hostnames does it`},
	{"n\x00", `node list:1:2: unexpected byte '\x00'`},
	{"n[1234567890123456789]", `node list:1:3: a number of 19 digits is longer than 18`},
	{"n[0-262144]", `node list:1:3: expands to more than 262144 nodes`},
	{"n[0-999999999999999999,0-999999999999999999]", `node list:1:3: expands to more than 262144 nodes`},
	{"n[0-999]m[0-999]", `node list:1:1: expands to more than 262144 nodes`},
	{"a[0-262143],b", `node list:1:13: expands to more than 262144 nodes`},
	{strings.Repeat("n", 256), `node list:1:1: a node name of 256 bytes is longer than 255`},
	{strings.Repeat("n", 250) + "[1-999999]", `node list:1:252: expands to more than 262144 nodes`},
	{strings.Repeat("n", 250) + "[1-1000]," + strings.Repeat("n", 253) + "[1-100]", `node list:1:260: a node name of 256 bytes is longer than 255`},
}

func TestExpandNodeListErrors(t *testing.T) {
	for _, c := range badNodeLists {
		got, err := ExpandNodeList(c.list)
		var at *Error
		if !errors.As(err, &at) || err.Error() != c.want {
			t.Errorf("ExpandNodeList(%.40q) = %.10q, %v\nwant %s", c.list, got, err, c.want)
		}
	}
}

func TestExpandNodeListAtTheLimit(t *testing.T) {
	got, err := ExpandNodeList("n[0-262143]")
	if err != nil || len(got) != MaxNodes || got[MaxNodes-1] != "n262143" {
		t.Errorf("%d names, %v", len(got), err)
	}
}

func TestFormatNodeList(t *testing.T) {
	for _, c := range []struct{ names, want string }{
		{"", ""},
		{"a", "a"},
		{"n1 n2 n3", "n[1-3]"},
		{"n08 n09 n10 n11 login", "n[08-11],login"},
		{"n8 n9 n10", "n[8-10]"},
		{"n1 n3 n5 n6", "n[1,3,5-6]"},
		{"n1-eth n2-eth m1", "n1-eth,n2-eth,m1"},
		{"n1 n1 n2", "n[1,1-2]"},
		{"n1 n02", "n1,n02"},
		{"n005 n4 n011 n1012", "n005,n4,n[011,1012]"},
		{"n005 n004 n1011", "n[005,004,1011]"},
		{"r1n9 r1n10 r2n1", "r1n[9-10],r2n1"},
		{"b a", "b,a"},
	} {
		if got := FormatNodeList(strings.Fields(c.names)); got != c.want {
			t.Errorf("FormatNodeList(%s) = %s, want %s", c.names, got, c.want)
		}
	}
}

func FuzzNodeList(f *testing.F) {
	for _, c := range nodeListCases {
		f.Add(c.list)
	}
	for _, c := range badNodeLists {
		f.Add(c.list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		names, err := ExpandNodeList(list)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Line < 1 || at.Col < 1 {
				t.Fatalf("%q: %v has no place", list, err)
			}
			return
		}
		if len(names) > MaxNodes {
			t.Fatalf("%q expands to %d names", list, len(names))
		}
		for _, n := range names {
			if n == "" || len(n) > maxName || strings.ContainsAny(n, "[], \t\n") {
				t.Fatalf("%q expands to the name %q", list, n)
			}
		}
		text := FormatNodeList(names)
		back, err := ExpandNodeList(text)
		if err != nil || !slices.Equal(back, names) {
			t.Fatalf("%q expands to %q, which is written %q and read back as %q, %v", list, names, text, back, err)
		}
		if back, err := ExpandHostlist(text); err != nil || !slices.Equal(back, names) {
			t.Fatalf("%q expands to %q, which is written %q and read by Flux as %q, %v", list, names, text, back, err)
		}
	})
}

func BenchmarkExpandNodeList(b *testing.B) {
	for _, n := range []int{8, 1024, 65536} {
		list := "rack[0-1]node[1-" + strconv.Itoa(n/2) + "]"
		b.Run("Nodes"+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ExpandNodeList(list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

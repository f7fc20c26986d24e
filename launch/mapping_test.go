package launch

import (
	"slices"
	"testing"
)

var mappingCases = []struct {
	value  string
	nodeOf []int
}{
	{"(vector,(0,1,4))", []int{0, 0, 0, 0}},
	{"(vector,(0,2,2))", []int{0, 0, 1, 1}},
	{"(vector,(0,2,2),(2,2,4))", []int{0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}},
	{"(vector,(0,2,1),(0,2,1))", []int{0, 1, 0, 1}},
	{"(vector,(0,1,2),(1,1,1),(0,1,1))", []int{0, 0, 1, 0}},
}

func TestMapping(t *testing.T) {
	for _, c := range mappingCases {
		if got := FormatMapping(c.nodeOf, 1023); got != c.value {
			t.Errorf("FormatMapping(%v) = %s, want %s", c.nodeOf, got, c.value)
		}
		if got, err := ParseMapping(c.value, len(c.nodeOf)); err != nil || !slices.Equal(got, c.nodeOf) {
			t.Errorf("ParseMapping(%s) = %v, %v; want %v", c.value, got, err, c.nodeOf)
		}
	}
	// Servers shorten a cyclic mapping to one round, and write blanks.
	if got, err := ParseMapping("(vector, (0,2,1))", 5); err != nil || !slices.Equal(got, []int{0, 1, 0, 1, 0}) {
		t.Errorf("cyclic: %v, %v", got, err)
	}
	if got, err := ParseMapping("", 5); err != nil || got != nil {
		t.Errorf("empty: %v, %v", got, err)
	}
	if got := FormatMapping([]int{0, 1, 0, 2}, 20); got != "" {
		t.Errorf("too long: %s", got)
	}
}

func TestParseMappingErrors(t *testing.T) {
	for _, value := range []string{"vector", "(vector)", "(vector,)", "(vector,())", "(vector,(0,1))", "(vector,(0,1,1)", "(vector,(0,0,1))",
		"(vector,(0,1,0))", "(vector,(-1,1,1))", "(vector,(a,1,1))", "(vector,(0,1,99999999999999999999))", "(matrix,(0,1,1))"} {
		if got, err := ParseMapping(value, 4); err == nil {
			t.Errorf("%s was taken: %v", value, got)
		}
	}
	if _, err := ParseMapping("(vector,(0,1,1))", 0); err == nil {
		t.Error("no ranks were taken")
	}
}

func FuzzMapping(f *testing.F) {
	for _, c := range mappingCases {
		f.Add(c.value, len(c.nodeOf))
	}
	f.Add("(vector,(0,16777216,16777216))", 100)
	f.Fuzz(func(t *testing.T, value string, size int) {
		size = min(size, 4096)
		nodeOf, err := ParseMapping(value, size)
		if err != nil || nodeOf == nil {
			return
		}
		if len(nodeOf) != size {
			t.Fatalf("%q: %d nodes for %d ranks", value, len(nodeOf), size)
		}
		back, err := ParseMapping(FormatMapping(nodeOf, 1<<20), size)
		if err != nil || !slices.Equal(back, nodeOf) {
			t.Fatalf("%q: %v comes back as %v, %v", value, nodeOf, back, err)
		}
	})
}

package hostfile

import (
	"slices"
	"testing"
)

var countCases = []struct {
	list string
	want []int
}{
	{"", nil},
	{"4", []int{4}},
	{"2(x3),1", []int{2, 2, 2, 1}},
	{"1,2,1", []int{1, 2, 1}},
	{"0(x2)", []int{0, 0}},
	{"128(x1)", []int{128}},
}

func TestExpandCounts(t *testing.T) {
	for _, c := range countCases {
		got, err := ExpandCounts(c.list)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("ExpandCounts(%q) = %v, %v; want %v", c.list, got, err, c.want)
		}
	}
}

var badCounts = []struct{ list, want string }{
	{"a", `task counts:1:1: "" is not a number up to 1048576`},
	{"2(x3", `task counts:1:2: "(" without ")"`},
	{"2(3)", `task counts:1:2: unexpected '('; counts are like 2(x3),1`},
	{"2(x0)", `task counts:1:4: repeats 0 times; 1 to 262144 are possible`},
	{"2(x262145)", `task counts:1:4: repeats 262145 times; 1 to 262144 are possible`},
	{"2(x262144),1", `task counts:1:13: more than 262144 counts`},
	{"2,", `task counts:1:3: "" is not a number up to 1048576`},
	{"-1", `task counts:1:1: "" is not a number up to 1048576`},
	{"99999999999999999999", `task counts:1:1: "99999999999999999999" is not a number up to 1048576`},
	{"2 1", `task counts:1:2: unexpected ' '; counts are like 2(x3),1`},
}

func TestExpandCountsErrors(t *testing.T) {
	for _, c := range badCounts {
		if got, err := ExpandCounts(c.list); err == nil || err.Error() != c.want {
			t.Errorf("ExpandCounts(%q) = %.10v, %v\nwant %s", c.list, got, err, c.want)
		}
	}
}

func FuzzCounts(f *testing.F) {
	for _, c := range countCases {
		f.Add(c.list)
	}
	for _, c := range badCounts {
		f.Add(c.list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		counts, err := ExpandCounts(list)
		if err != nil {
			return
		}
		if len(counts) > MaxNodes {
			t.Fatalf("%q expands to %d counts", list, len(counts))
		}
		back, err := ExpandCounts(FormatCounts(counts))
		if err != nil || !slices.Equal(back, counts) {
			t.Fatalf("%q expands to %v and comes back as %v, %v", list, counts, back, err)
		}
	})
}

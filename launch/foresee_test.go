package launch

import (
	"fmt"
	"reflect"
	"testing"

	"numcomp/hostfile"
)

func TestForesee(t *testing.T) {
	for _, c := range []struct {
		hosts      string
		n, perNode int
		by         MapBy
		want       string
		known      bool
	}{
		{"a:2,b:2", 3, 0, BySlot, "[[0 1] [2]]", true},
		{"a:2,b:1,a:1", 0, 0, ByEntry, "[[0 1] [2] [3]]", true},
		{"a:2,b:1,a:1", 6, 0, ByEntry, "[[0 1 4 5] [2] [3]]", true},
		{"a:2,b", 3, 0, BySlot, "[[0 1] [2]]", true},
		{"a:2,b", 4, 0, BySlot, "[[] []]", false}, // a second round if b has one CPU
		{"a:2,b", 0, 0, BySlot, "[[0 1] []]", false},
		{"a", 5, 0, BySlot, "[[0 1 2 3 4]]", true},
		{"a", 0, 0, BySlot, "[[]]", false},
		{"a,b,c", 3, 0, BySlot, "[[] [] []]", false},
		{"a,b,c", 3, 0, ByNode, "[[0] [1] [2]]", true},
		{"a,b,c", 4, 0, ByNode, "[[] [] []]", false},
		{"a,b,c", 1, 0, BySlot, "[[0] [] []]", true},
		{"a,b", 0, 3, BySlot, "[[0 1 2] [3 4 5]]", true},
		{"a,b", 6, 3, ByNode, "[[0 2 4] [1 3 5]]", true},
		{"a,b", 5, 3, BySlot, "[[] []]", false},
		{"a:2,b:1,c,d:1", 0, 0, BySlot, "[[0 1] [2] [] []]", false},
		{"a:2,b:1,c,d:1", 5, 0, BySlot, "[[0 1] [2] [] []]", false},
		{"a:2,b:1,c,d:1", 6, 0, BySlot, "[[] [] [] []]", false}, // a second round if c has one CPU
		{"a,b", 2, 1, BySlot, "[[0] [1]]", true},
	} {
		hosts, err := hostfile.ParseHosts(c.hosts)
		if err != nil {
			t.Fatal(err)
		}
		ranks, known, err := Foresee(hosts, c.n, c.perNode, c.by)
		if got := fmt.Sprint(ranks); err != nil || known != c.known || got != c.want {
			t.Errorf("%s n=%d perNode=%d by %v: %s, %v, %v; want %s, %v", c.hosts, c.n, c.perNode, c.by, got, known, err, c.want, c.known)
		}
	}
	if _, _, err := Foresee(nil, 0, 0, BySlot); err == nil {
		t.Error("no host is no error")
	}
}

// TestForeseeKnows: what is foreseen is what happens, for every number of CPUs.
func TestForeseeKnows(t *testing.T) {
	for _, list := range []string{"a,b", "a:1,b,c:2", "a,b:2,c", "a", "a,b:1,a", "a:2,b:1,c"} {
		hosts, err := hostfile.ParseHosts(list)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 9 {
			for perNode := range 4 {
				for _, by := range []MapBy{BySlot, ByNode, ByEntry} {
					want, known, err := Foresee(hosts, n, perNode, by)
					if err != nil {
						continue
					}
					for cpus := range 64 {
						real := append([]hostfile.Host(nil), hosts...)
						for i, c := 0, cpus; i < len(real); i, c = i+1, c/4 {
							if real[i].Slots == 0 {
								real[i].Slots = 1 + c%4
							}
						}
						got, _, err := Foresee(real, n, perNode, by)
						for i := range got {
							if err == nil && !known && len(want[i]) == 0 {
								got[i] = nil // nothing was said
							}
						}
						if err != nil || !reflect.DeepEqual(got, want) {
							t.Fatalf("%s n=%d perNode=%d by %v: foreseen %v; with %v it is %v, %v", list, n, perNode, by, want, real, got, err)
						}
					}
				}
			}
		}
	}
}

package launch

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"numcomp/hostfile"
)

func TestAssign(t *testing.T) {
	for _, c := range []struct {
		hosts      string
		n, perNode int
		by         MapBy
		want       string // host=ranks[+oversubscribed] ...
	}{
		{"a:4", 0, 0, BySlot, "a=0,1,2,3"},
		{"a:4", 2, 0, BySlot, "a=0,1"},
		{"a", 0, 0, BySlot, "a=0"},
		{"a", 3, 0, BySlot, "a=0,1,2+2"},
		{"a:2,b:2", 0, 0, BySlot, "a=0,1 b=2,3"},
		{"a:2,b:2", 3, 0, BySlot, "a=0,1 b=2"},
		{"a:2,b:2", 2, 0, BySlot, "a=0,1"},
		{"a:2,b:2", 3, 0, ByNode, "a=0,2 b=1"},
		{"a:1,b:3", 4, 0, ByNode, "a=0 b=1,2,3"},
		{"a:3,b:1", 4, 0, ByNode, "a=0,2,3 b=1"},
		// Oversubscription goes by rounds of slots, and ranks stay together.
		{"a:2,b:1", 5, 0, BySlot, "a=0,1,2,3+2 b=4"},
		{"a:2,b:1", 6, 0, BySlot, "a=0,1,2,3+2 b=4,5+1"},
		{"a:2,b:1", 7, 0, BySlot, "a=0,1,2,3,4+3 b=5,6+1"},
		{"a:2,b:1", 5, 0, ByNode, "a=0,2,4+1 b=1,3+1"},
		{"a:2,b:2", 0, 1, BySlot, "a=0 b=1"},
		{"a:2,b:2", 0, 3, BySlot, "a=0,1,2+1 b=3,4,5+1"},
		{"a:8,b:8", 4, 2, BySlot, "a=0,1 b=2,3"},
		{"a:1,b:8", 5, 3, BySlot, "a=0,1+1 b=2,3,4"},
		// A host that stands in the list twice is one node.
		{"a:2,b:2,a:1", 0, 0, BySlot, "a=0,1,4 b=2,3"},
		{"a:2,b:2,a:1", 5, 3, BySlot, "a=0,1,4 b=2,3"},
		{"a:2,b:2,a:2", 0, 2, BySlot, "a=0,1 b=2,3"},
		{"a,b,a", 0, 0, ByNode, "a=0,2 b=1"},
		// By entry, the list is the order, again and again.
		{"a:2,b:2,a:1", 0, 0, ByEntry, "a=0,1,4 b=2,3"},
		{"a:2,b:2,a:1", 8, 0, ByEntry, "a=0,1,4,5,6+2 b=2,3,7+1"},
		{"b,a,b", 5, 0, ByEntry, "b=0,2,3+1 a=1,4+1"},
		{"a:3,b:1,a:2", 4, 2, ByEntry, "a=0,1 b=2,3+1"},
		{"a:3,b:1,a:2", 3, 2, ByEntry, "a=0,1 b=2"},
	} {
		name := fmt.Sprintf("%s n=%d perNode=%d by %v", c.hosts, c.n, c.perNode, c.by)
		hosts, err := hostfile.ParseHosts(c.hosts)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Assign(hosts, c.n, c.perNode, c.by)
		if err != nil || show(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, show(got), err, c.want)
		}
	}
}

// TestAssignMaxSlots: a host's most slots hold for ranks beyond its slots.
func TestAssignMaxSlots(t *testing.T) {
	hosts, err := hostfile.ParseHostfile("hosts", "a slots=1 max-slots=2\nb slots=2\nc max-slots=1\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		hosts []hostfile.Host
		n     int
		by    MapBy
		want  string
	}{
		{hosts, 0, BySlot, "a=0 b=1,2 c=3"},
		{hosts, 5, BySlot, "a=0,1+1 b=2,3 c=4"},
		{hosts, 9, BySlot, "a=0,1+1 b=2,3,4,5,6,7+4 c=8"},
		{hosts, 9, ByNode, "a=0,3+1 b=1,4,5,6,7,8+4 c=2"},
		{hosts, 9, ByEntry, "a=0,4+1 b=1,2,5,6,7,8+4 c=3"},
		{hosts[:1], 2, BySlot, "a=0,1+1"},
	} {
		got, err := Assign(c.hosts, c.n, 0, c.by)
		if err != nil || show(got) != c.want {
			t.Errorf("n=%d by %v: %s, %v; want %s", c.n, c.by, show(got), err, c.want)
		}
	}
	_, err = Assign([]hostfile.Host{hosts[0], hosts[2]}, 4, 0, BySlot)
	if want := "launch: 4 ranks do not fit on 2 nodes: by their most slots, at most 3 do"; err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
}

// TestAssignLarge: long lists with one large host are dealt in no time that anybody
// would notice.
func TestAssignLarge(t *testing.T) {
	hosts := make([]hostfile.Host, 1<<15)
	for i := range hosts {
		hosts[i] = hostfile.Host{Name: fmt.Sprint("n", i), Slots: 1}
	}
	hosts[7].Slots = 1 << 18
	for _, by := range []MapBy{BySlot, ByNode, ByEntry} {
		as, err := Assign(hosts, 0, 0, by)
		if err != nil || len(as) != len(hosts) || len(as[7].Ranks) != 1<<18 {
			t.Errorf("by %v: %d hosts, %v", by, len(as), err)
		}
	}
}

func show(as []Assignment) string {
	var words []string
	for _, a := range as {
		w := a.Host.Name + "=" + strings.ReplaceAll(strings.Trim(fmt.Sprint(a.Ranks), "[]"), " ", ",")
		if over := a.Oversubscribed(); over > 0 {
			w += fmt.Sprintf("+%d", over)
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func TestAssignErrors(t *testing.T) {
	two := []hostfile.Host{{Name: "a", Slots: 2}, {Name: "b", Slots: 2}}
	for _, c := range []struct {
		hosts      []hostfile.Host
		n, perNode int
		want       string
	}{
		{nil, 1, 0, "launch: there is no host to place ranks on"},
		{two, -1, 0, "launch: -1 ranks, 0 a node: both must be from 0 (as many as there are slots; no limit) to 16777216"},
		{two, 1, -1, "launch: 1 ranks, -1 a node: both must be from 0 (as many as there are slots; no limit) to 16777216"},
		{two, 5, 2, "launch: 5 ranks do not fit on 2 nodes with at most 2 on each: at most 4 do"},
	} {
		if got, err := Assign(c.hosts, c.n, c.perNode, BySlot); err == nil || err.Error() != c.want {
			t.Errorf("%v, %v; want %s", got, err, c.want)
		}
	}
}

// TestAssignInvariants: every rank has one place, no node has more than its
// limit, no host is oversubscribed while another has room, none is empty.
func TestAssignInvariants(t *testing.T) {
	lists := []string{"a", "a:3", "a:1,b:2,c:3", "a:5,b,c:2,d:4", "a:2,b:3,a:1,c,b"}
	for _, list := range lists {
		hosts, err := hostfile.ParseHosts(list)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 30 {
			for perNode := range 7 {
				for _, by := range []MapBy{BySlot, ByNode, ByEntry} {
					as, err := Assign(hosts, n, perNode, by)
					if err != nil {
						continue
					}
					var all []int
					free, over := false, false
					for _, a := range as {
						if !slices.IsSorted(a.Ranks) || len(a.Ranks) == 0 || perNode > 0 && len(a.Ranks) > perNode {
							t.Fatalf("%s n=%d perNode=%d by %v: %s", list, n, perNode, by, show(as))
						}
						all = append(all, a.Ranks...)
						limit := a.Host.Slots
						if perNode > 0 {
							limit = min(limit, perNode)
						}
						free = free || len(a.Ranks) < limit
						over = over || a.Oversubscribed() > 0
					}
					if len(as) < len(hostfile.Merge(hosts)) {
						free = true
					}
					slices.Sort(all)
					for i, r := range all {
						if i != r {
							t.Fatalf("%s n=%d perNode=%d by %v: ranks %v", list, n, perNode, by, all)
						}
					}
					if n > 0 && len(all) != n || free && over {
						t.Fatalf("%s n=%d perNode=%d by %v: %s", list, n, perNode, by, show(as))
					}
				}
			}
		}
	}
}

func TestParseMapBy(t *testing.T) {
	for _, m := range []MapBy{BySlot, ByNode} {
		if got, err := ParseMapBy(m.String()); err != nil || got != m {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if _, err := ParseMapBy("core"); err == nil {
		t.Error("core was taken")
	}
}

package hostfile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// RFC 29's test vectors, and the example of its text.
var hostlistCases = []struct{ list, want string }{
	{"", ""},
	{"foox,fooy,fooz", "foox fooy fooz"},
	{"[1-3,5-6]", "1 2 3 5 6"},
	{"foo[1-5]", "foo1 foo2 foo3 foo4 foo5"},
	{"foo[0-4]-eth2", "foo0-eth2 foo1-eth2 foo2-eth2 foo3-eth2 foo4-eth2"},
	{"foo1,foo1,foo1", "foo1 foo1 foo1"},
	{"[00-02]", "00 01 02"},
	{"[00-2]", "00 01 02"},
	{"foo[1,1,2,1]", "foo1 foo1 foo2 foo1"},
	{"[005,4,11-13]", "005 004 011 012 013"},
	{"n[1,02]", "n1 n2"},
	{"n[0,1]", "n0 n1"},
}

func TestExpandHostlist(t *testing.T) {
	for _, c := range hostlistCases {
		got, err := ExpandHostlist(c.list)
		if err != nil || !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("ExpandHostlist(%q) = %q, %v; want %s", c.list, got, err, c.want)
		}
	}
	if got, err := FluxHosts("foo[01,2]"); err != nil || !slices.Equal(got, []Host{{Name: "foo01"}, {Name: "foo02"}}) {
		t.Errorf("%v, %v", got, err)
	}
}

var slurmCases = []struct {
	list, counts string
	want         []Host
}{
	{"n[1-4]", "2(x3),1", []Host{{Name: "n1", Slots: 2}, {Name: "n2", Slots: 2}, {Name: "n3", Slots: 2}, {Name: "n4", Slots: 1}}},
	{"n1", "4(x30)", []Host{{Name: "n1", Slots: 4}}},
	{"b,a", "", []Host{{Name: "b"}, {Name: "a"}}},
	{"r[0-1]n[01-02]", "1,2,3,4", []Host{{Name: "r0n01", Slots: 1}, {Name: "r0n02", Slots: 2}, {Name: "r1n01", Slots: 3}, {Name: "r1n02", Slots: 4}}},
	{"a[1-2][1-2][1-2]", "1,2,3,4,5,6,7,8", []Host{
		{Name: "a111", Slots: 1}, {Name: "a112", Slots: 2}, {Name: "a211", Slots: 3}, {Name: "a212", Slots: 4},
		{Name: "a121", Slots: 5}, {Name: "a122", Slots: 6}, {Name: "a221", Slots: 7}, {Name: "a222", Slots: 8}}},
	{"n2,n1,n2", "1(x2),2", []Host{{Name: "n2", Slots: 3}, {Name: "n1", Slots: 1}}},
}

func TestSlurmHosts(t *testing.T) {
	for _, c := range slurmCases {
		got, err := SlurmHosts(c.list, c.counts)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("SlurmHosts(%q, %q) = %+v, %v; want %+v", c.list, c.counts, got, err, c.want)
		}
	}
	if got, err := SlurmHosts("2001:DB8::1,n1", ""); err != nil || !slices.Equal(got, []Host{{Name: "2001:db8::1"}, {Name: "n1"}}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, c := range []struct{ list, counts, want string }{
		{"", "", `node list:1:1: there is no host in it`},
		{"n[1-3]", "1(x2)", `task counts:1:6: 2 counts are fewer than the 3 nodes`},
		{"n[1-2]", "1,0", `task counts:1:1: node n2 has 0 tasks`},
		{"n[1-2]", "1,x", `task counts:1:3: "" is not a number up to 1048576`},
		{"n[1-", "1", `node list:1:2: "[" without "]"`},
		{"a,-oX", "", `node list:1:3: a host name cannot begin with "-"`},
		{"a,b/c", "", `node list:1:4: unexpected "/" in a host name`},
		{"a:2,b", "", `node list:1:1: "a:2" has a colon and is not an IPv6 address; counts do not stand in node lists`},
		{"n[1-1000000]", "", `node list:1:3: expands to more than 262144 nodes`},
		{"n[1-1000]-[1-1000]", "", `node list:1:1: expands to more than 262144 nodes`},
		{"{fast}", "", `node list:1:1: node features in braces can be expanded by Slurm's controller only: scontrol show hostnames does it`},
	} {
		if got, err := SlurmHosts(c.list, c.counts); err == nil || err.Error() != c.want {
			t.Errorf("SlurmHosts(%q, %q) = %v, %v\nwant %s", c.list, c.counts, got, err, c.want)
		}
	}
}

// TestExpansionIsBounded: a list that stands for too much is refused before
// anything is expanded.
func TestExpansionIsBounded(t *testing.T) {
	for _, list := range []string{"n[0-999999]", "n[0-999999999999999999]", strings.Repeat("[0-99]", 40), strings.Repeat("[0-1]", 64), "a[0-262143],b"} {
		bytes := testing.AllocsPerRun(1, func() {
			if names, err := ExpandNodeList(list); err == nil {
				t.Errorf("%s expands to %d names", list, len(names))
			}
		})
		if strings.HasPrefix(list, "a") {
			continue // its first item is allowed
		}
		if bytes > 1000 {
			t.Errorf("%s is refused after %v allocations", list, bytes)
		}
	}
}

// slurm makes scontrol show SUBCOMMAND ARG work without a cluster. scontrol reads
// a configuration, asks nobody, and prints a word a line.
func slurm(t *testing.T) func(subcommand, arg string) ([]string, error) {
	scontrol, err := exec.LookPath("scontrol")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("scontrol is not installed (Debian package slurm-client)")
		}
		t.Skip("scontrol is not installed (Debian package slurm-client): node lists are checked against the tables only")
	}
	conf := filepath.Join(t.TempDir(), "slurm.conf")
	if err := os.WriteFile(conf, []byte("ClusterName=test\nSlurmctldHost=localhost\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(subcommand, arg string) ([]string, error) {
		cmd := exec.Command(scontrol, "show", subcommand, arg)
		cmd.Env = append(os.Environ(), "SLURM_CONF="+conf)
		out, err := cmd.CombinedOutput()
		if err == nil && strings.Contains(string(out), "Invalid hostlist") {
			err = errors.New(string(out))
		}
		return strings.Fields(string(out)), err
	}
}

// TestNodeListsAgainstSlurm: scontrol expands every list as ExpandNodeList does,
// and reads what FormatNodeList writes.
func TestNodeListsAgainstSlurm(t *testing.T) {
	show := slurm(t)
	suffixes := true
	if _, err := show("hostnames", "n[1-2]x"); err != nil {
		suffixes = false
		t.Log("this release of Slurm has no text after the last bracket: such lists are left out")
	}
	for _, c := range nodeListCases {
		if i := strings.LastIndexByte(c.list, ']'); strings.Trim(c.list, " ,\t\n") == "" ||
			!suffixes && i >= 0 && i < len(c.list)-1 && c.list[i+1] != ',' {
			continue
		}
		want, err := ExpandNodeList(c.list)
		if err != nil {
			t.Error(err)
		}
		if got, err := show("hostnames", c.list); err != nil || !slices.Equal(got, want) {
			t.Errorf("scontrol show hostnames %q = %q, %v; want %q", c.list, got, err, want)
		}
		if strings.Contains(c.list, "999999999999999999") {
			continue // Slurm's own limits of a name's parts are narrower
		}
		if got, err := show("hostnames", FormatNodeList(want)); err != nil || !slices.Equal(got, want) {
			t.Errorf("scontrol show hostnames %q = %q, %v; want %q", FormatNodeList(want), got, err, want)
		}
		// And the other way around: what Slurm folds.
		folded, err := show("hostlist", strings.Join(want, ","))
		if err != nil || len(folded) != 1 {
			t.Errorf("scontrol show hostlist %q: %q, %v", want, folded, err)
			continue
		}
		if got, err := ExpandNodeList(folded[0]); err != nil || !slices.Equal(got, want) {
			t.Errorf("scontrol show hostlist makes %q of %q, which is read as %q, %v", folded[0], want, got, err)
		}
	}
}

// TestCountsAgainstSlurm: the nth count belongs to the nth name that scontrol
// shows. Written out, a name for each task, Slurm counts the same tasks.
func TestCountsAgainstSlurm(t *testing.T) {
	show := slurm(t)
	for _, c := range slurmCases {
		if c.counts == "" {
			continue
		}
		names, err := show("hostnames", c.list)
		if err != nil {
			t.Fatal(err)
		}
		counts, err := ExpandCounts(c.counts)
		if err != nil {
			t.Fatal(err)
		}
		var tasks []string
		for i, name := range names {
			tasks = append(tasks, slices.Repeat([]string{name}, counts[i])...)
		}
		folded, err := show("hostlist", strings.Join(tasks, ","))
		if err != nil || len(folded) != 1 {
			t.Fatalf("%q, %v", folded, err)
		}
		back, err := show("hostnames", folded[0])
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{}
		for _, name := range back {
			want[name]++
		}
		got, err := SlurmHosts(c.list, c.counts)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range got {
			if h.Slots != want[h.Name] {
				t.Errorf("%s of %s: %s has %d slots; Slurm lists it %d times", c.counts, c.list, h.Name, h.Slots, want[h.Name])
			}
			delete(want, h.Name)
		}
		if len(want) > 0 {
			t.Errorf("%s of %s lacks %v", c.counts, c.list, want)
		}
	}
}

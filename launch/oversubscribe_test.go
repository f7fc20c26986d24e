package launch

import (
	"errors"
	"os"
	"testing"

	"numcomp/hostfile"
)

func TestNoOversubscribe(t *testing.T) {
	for _, c := range []struct {
		hosts      string
		n, perNode int
		want       string
	}{
		{"a:2,b:2", 4, 0, ""},
		{"a:2,b:2", 5, 0, "launch: host a would have 3 ranks on 2 slots; in all, there are 5 ranks and 4 slots"},
		{"a:4,b:2", 6, 3, "launch: host b would have 3 ranks on 2 slots; in all, there are 6 ranks and 6 slots"},
		{"a,b:2", 9, 0, ""}, // a's agent will tell
		{"a,b", 9, 2, "launch: 9 ranks do not fit on 2 nodes with at most 2 on each: at most 4 do"},
	} {
		hosts, err := hostfile.ParseHosts(c.hosts)
		if err != nil {
			t.Fatal(err)
		}
		spec := Spec{Agent: []string{"x"}, Argv: []string{"x"}, Hosts: hosts, N: c.n, PerNode: c.perNode, NoOversubscribe: true}
		got := ""
		if err := spec.check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s n=%d perNode=%d: %s; want %s", c.hosts, c.n, c.perNode, got, c.want)
		}
		spec.NoOversubscribe = false
		var over *OversubscribedError
		if err := spec.check(); errors.As(err, &over) {
			t.Errorf("%s n=%d perNode=%d: %v, which was not asked for", c.hosts, c.n, c.perNode, err)
		}
	}
}

// TestNoOversubscribeOfCPUs: slots that only the agent tells are heeded too.
func TestNoOversubscribeOfCPUs(t *testing.T) {
	spec := Spec{
		Agent: []string{self(t), asAgent}, Argv: []string{"/bin/true"}, Env: os.Environ(), Hosts: []hostfile.Host{{Name: "localhost"}}, N: CPUs() + 1, NoOversubscribe: true,
	}
	_, err := Run(t.Context(), spec)
	var over *OversubscribedError
	if !errors.As(err, &over) || over.Ranks != CPUs()+1 || over.Slots != CPUs() {
		t.Errorf("%v", err)
	}
}

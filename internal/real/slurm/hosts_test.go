package slurm

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"numcomp/internal/real/realtest"
)

// TestHosts: numcomp hosts reads a real allocation's list and counts as scontrol
// and srun do: the same nodes in the same order, the same ranks on each.
func TestHosts(t *testing.T) {
	for _, args := range []string{"-N 3 -n 5", "-N 8 --ntasks-per-node 3", "-n 4 -w n3,n7", "-N 1 -n 5", "-N 6 -n 9 -w n[1-3],n5,n[7-8]"} {
		t.Run(args, func(t *testing.T) {
			c := in(t, "salloc "+args+" sh -c", strings.ReplaceAll(`
				NUMCOMP hosts --json
				echo nodes $(scontrol show hostnames)
				srun --mpi=none sh -c 'echo rank $SLURM_PROCID $SLURMD_NODENAME'
				srun --mpi=none -n 1 NUMCOMP hosts --json`, "NUMCOMP", program))
			out := realtest.OK(t, c).Stdout
			lists, nodes, ranks := placed(t, out)
			if len(lists) != 2 || len(nodes) == 0 {
				t.Fatalf("output:\n%s", out)
			}
			var names []string
			got := map[string][]int{}
			for _, h := range lists[0].Hosts {
				names = append(names, h.Name)
				got[h.Name] = h.Ranks
				slices.Sort(ranks[h.Name])
				if h.Slots != len(ranks[h.Name]) {
					t.Errorf("%s has %d slots; srun starts ranks %v there", h.Name, h.Slots, ranks[h.Name])
				}
			}
			if !slices.Equal(names, nodes) {
				t.Errorf("hosts %q; scontrol show hostnames has %q", names, nodes)
			}
			if !maps.EqualFunc(got, ranks, slices.Equal) {
				t.Errorf("ranks %v; srun has %v", got, ranks)
			}
			// In a step, the hosts are the step's.
			if h := lists[1].Hosts; len(h) != 1 || h[0].Name != nodes[0] || h[0].Slots != 1 {
				t.Errorf("in a step of one task: %+v", h)
			}
		})
	}
}

// placed reads lines of numcomp hosts --json, "nodes NAME...", and "rank R NODE" of
// each task.
func placed(t *testing.T, out string) (lists []hostsJSON, nodes []string, ranks map[string][]int) {
	t.Helper()
	ranks = map[string][]int{}
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "{"):
			var l hostsJSON
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			lists = append(lists, l)
		case len(words) > 0 && words[0] == "nodes":
			nodes = words[1:]
		case len(words) == 3 && words[0] == "rank":
			r, err := strconv.Atoi(words[1])
			if err != nil {
				t.Fatal(err)
			}
			ranks[words[2]] = append(ranks[words[2]], r)
		}
	}
	return lists, nodes, ranks
}

type hostsJSON struct {
	Hosts []struct {
		Name  string
		Slots int
		Ranks []int
	}
}

// TestHostsInStep: in a step, numcomp hosts shows the ranks where srun put them.
func TestHostsInStep(t *testing.T) {
	for _, distribution := range []string{"block", "cyclic", "plane=2"} {
		t.Run(distribution, func(t *testing.T) {
			c := in(t, "srun --mpi=none -N 3 -n 8 -m "+distribution+" sh -c", `
				echo rank $SLURM_PROCID $SLURMD_NODENAME
				test $SLURM_PROCID != 3 || `+program+` hosts --json`)
			lists, _, ranks := placed(t, realtest.OK(t, c).Stdout)
			if len(lists) != 1 || len(ranks) != 3 {
				t.Fatalf("%d lists, ranks %v", len(lists), ranks)
			}
			got := map[string][]int{}
			for _, h := range lists[0].Hosts {
				got[h.Name] = h.Ranks
				slices.Sort(ranks[h.Name])
			}
			if !maps.EqualFunc(got, ranks, slices.Equal) {
				t.Errorf("ranks %v; srun has %v", got, ranks)
			}
		})
	}
}

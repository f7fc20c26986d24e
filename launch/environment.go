package launch

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Export adds to env what -x options say: VAR must be set in env already, and is
// said for launchers that do not hand on everything; VAR=VALUE sets it.
func Export(env, exports []string) ([]string, error) {
	env = slices.Clone(env)
	for _, x := range exports {
		name, _, sets := strings.Cut(x, "=")
		switch {
		case name == "":
			return nil, fmt.Errorf("launch: -x %q names no variable", x)
		case sets:
			env = append(env, x)
		default:
			if _, ok := lookup(env, name); !ok {
				return nil, fmt.Errorf("launch: -x %s: it is not set; -x %s=VALUE sets it", name, name)
			}
		}
	}
	return env, nil
}

// pmiFDNumber is the descriptor on which a rank finds its PMI-1 server: the
// first after standard error.
const pmiFDNumber = 3

// rankEnv is the environments of an agent's ranks.
type rankEnv struct {
	p    *plan
	base []string // what all share; full to its capacity
	// share is a rank's GOMAXPROCS, unless that is given.
	share int
	given bool
}

// crowded is how many ranks there are for a CPU where a rank gets one thread: before
// it runs again it waits for the others anyway.
const crowded = 4

// Share is the GOMAXPROCS of each of local ranks that share that many CPUs: its part
// of them, and one more so that messages move while a kernel computes. Where ranks
// crowd a node it is one, for threads that look for work take CPUs from other ranks.
func Share(cpus, local int) int {
	if local > crowded*cpus {
		return 1
	}
	return max(1, cpus/max(1, local)) + 1
}

// newRankEnv prepares them; cpus is what the ranks of the node share.
func newRankEnv(p *plan, cpus int) *rankEnv {
	local := len(p.Ranks)
	base := lastOnly(WithoutPlace(p.Env))
	set := func(name string, value any) { base = append(base, fmt.Sprint(name, "=", value)) }
	set("NUMCOMP_SIZE", p.Size)
	set("NUMCOMP_LOCAL_SIZE", local)
	set("NUMCOMP_NODE", p.Node)
	set("NUMCOMP_NODES", p.Nodes)
	set("NUMCOMP_NODE_ID", p.Job+"."+strconv.Itoa(p.Node))
	set("NUMCOMP_JOB", p.Job)
	set("PMI_FD", pmiFDNumber)
	set("PMI_SIZE", p.Size)
	set("MPI_LOCALNRANKS", local)
	_, given := lookup(base, "GOMAXPROCS")
	return &rankEnv{p: p, base: slices.Clip(base), share: Share(cpus, local), given: given}
}

// lastOnly drops all but the last of each variable: a program would take the first.
func lastOnly(env []string) []string {
	seen := make(map[string]bool, len(env))
	kept := make([]string, 0, len(env)+16)
	for _, kv := range slices.Backward(env) {
		name, _, _ := strings.Cut(kv, "=")
		if !seen[name] {
			seen[name] = true
			kept = append(kept, kv)
		}
	}
	slices.Reverse(kept)
	return kept
}

// of is the environment of the rank with this index on the node; gomaxprocs is 0
// unless it is bound to CPUs.
func (e *rankEnv) of(i, gomaxprocs int) []string {
	rank, local := strconv.Itoa(e.p.Ranks[i]), strconv.Itoa(i)
	env := e.base
	if !e.given {
		env = append(env, "GOMAXPROCS="+strconv.Itoa(cmp.Or(gomaxprocs, e.share)))
	}
	return append(env, "NUMCOMP_RANK="+rank, "NUMCOMP_LOCAL_RANK="+local, "PMI_RANK="+rank, "MPI_LOCALRANKID="+local)
}

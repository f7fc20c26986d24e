package hostfile

import "strings"

// SlurmHosts pairs a node list with the counts of its nodes, as Slurm has them in
// SLURM_JOB_NODELIST and SLURM_TASKS_PER_NODE. There may be more counts than nodes
// (those of the job, in a step of fewer nodes); fewer are an error, as are nodes
// without a task. Without counts, slots are unknown. A node that stands in the
// list more than once has the slots of all its places.
func SlurmHosts(list, taskCounts string) ([]Host, error) {
	if err := checkNames(list); err != nil {
		return nil, err
	}
	names, err := ExpandNodeList(list)
	if err != nil {
		return nil, err
	}
	var counts []int
	if taskCounts != "" {
		if counts, err = ExpandCounts(taskCounts); err != nil {
			return nil, err
		}
		if len(counts) < len(names) {
			return nil, errorAt(countList, taskCounts, len(taskCounts), "%d counts are fewer than the %d nodes", len(counts), len(names))
		}
	}
	return pair(list, names, taskCounts, counts)
}

// checkNames refuses what a list can hold but a host's name cannot. It leaves
// brackets to the expansion.
func checkNames(list string) error {
	inside, start := false, true
	for i := 0; i < len(list); i++ {
		c := list[i]
		switch {
		case c == '[' || c == ']':
			inside = c == '['
		case inside:
		case separator(c):
			start = true
			continue
		case start && c == '-':
			return errorAt(nodeList, list, i, `a host name cannot begin with "-"`)
		case c == ':' || c == '{' || c == '}': // of an IPv6 address; the expansion knows more of braces
		default:
			if _, what := badByte(list[i:i+1], "a host name"); what != "" {
				return errorAt(nodeList, list, i, "%s", what)
			}
		}
		start = false
	}
	return nil
}

// pair makes hosts of the names of a list and, if there are any, their counts.
func pair(list string, names []string, countText string, counts []int) ([]Host, error) {
	if len(names) == 0 {
		return nil, errorAt(nodeList, list, len(list), "there is no host in it")
	}
	m := merger{hosts: make([]Host, 0, len(names)), at: make(map[string]int, len(names))}
	for i, name := range names {
		if _, ok := address6(name); !ok && strings.Contains(name, ":") {
			return nil, errorAt(nodeList, list, 0, "%.64q has a colon and is not an IPv6 address; counts do not stand in node lists", name)
		}
		h := Host{Name: canonical(name)}
		if counts != nil {
			if h.Slots = counts[i]; h.Slots == 0 {
				return nil, errorAt(countList, countText, 0, "node %s has 0 tasks", name)
			}
		}
		if conflict := m.add(h); conflict != "" {
			return nil, errorAt(countList, countText, 0, "node %s: %s", name, conflict)
		}
	}
	return m.hosts, nil
}

package launch

import (
	"bytes"
	"os"
	"strconv"
)

// process is a line of the process table.
type process struct {
	pid, parent, group int
	state              byte // 'Z' is a zombie
	name               string
}

// descendants lists the processes below root, parents before their children.
// What is forked meanwhile may be missing: ask again until none is left.
func descendants(root int) ([]process, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	children := map[int][]process{}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name + "/stat")
		if err != nil {
			continue // gone meanwhile
		}
		if p, ok := parseStat(pid, stat); ok {
			children[p.parent] = append(children[p.parent], p)
		}
	}
	found := children[root]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].pid]...)
	}
	return found, nil
}

// parseStat reads "pid (name) state parent group ..."; the name may hold blanks
// and parentheses.
func parseStat(pid int, stat []byte) (process, bool) {
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return process{}, false
	}
	f := bytes.Fields(stat[end+1:])
	if len(f) < 3 || len(f[0]) != 1 {
		return process{}, false
	}
	parent, err1 := strconv.Atoi(string(f[1]))
	group, err2 := strconv.Atoi(string(f[2]))
	return process{pid, parent, group, f[0][0], string(stat[open+1 : end])}, err1 == nil && err2 == nil
}

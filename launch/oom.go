package launch

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// oomCount is how many processes of this process's memory cgroup the kernel has
// killed for want of memory; known is false where the kernel does not tell (in
// the root cgroup, or where it is not mounted).
func oomCount(root string) (n int, known bool) {
	b, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		var files []string
		switch {
		case f[0] == "0" && f[1] == "": // version 2; inside a container the path may be the host's
			files = []string{filepath.Join("sys/fs/cgroup", f[2], "memory.events"), "sys/fs/cgroup/memory.events"}
		case strings.Contains(","+f[1]+",", ",memory,"):
			files = []string{filepath.Join("sys/fs/cgroup/memory", f[2], "memory.oom_control"), "sys/fs/cgroup/memory/memory.oom_control"}
		}
		for _, file := range files {
			if n, ok := readOOMCount(filepath.Join(root, file)); ok {
				return n, true
			}
		}
	}
	return 0, false
}

func readOOMCount(file string) (int, bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if v, ok := strings.CutPrefix(s.Text(), "oom_kill "); ok {
			n, err := strconv.Atoi(v)
			return n, err == nil
		}
	}
	return 0, false
}

// whyKilled says what is known of a SIGKILL that did not come from us; the counts
// are from before the ranks started and from now.
func whyKilled(before int, knownBefore bool, now int, knownNow bool) string {
	switch {
	case !knownBefore || !knownNow:
		return "likely out of memory (dmesg tells), or by hand"
	case now > before:
		return "out of memory: the cgroup's oom_kill count rose from " + strconv.Itoa(before) + " to " + strconv.Itoa(now) + "; fewer ranks a node or smaller arrays need less"
	default:
		return "not by the kernel for want of memory: the cgroup's oom_kill count did not rise"
	}
}

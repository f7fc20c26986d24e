package sysmem

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// version is what differs between the two versions of the memory cgroup: where
// they are mounted and what their files are called. Usage counts file pages that
// the kernel drops as soon as it needs room; stat tells how many (kubelet's
// working set subtracts the same).
type version struct {
	mounts                 []string
	limit, usage, inactive string
}

var (
	// Version 2 is mounted below "unified" where version 1 has the controllers.
	version2 = version{[]string{"sys/fs/cgroup", "sys/fs/cgroup/unified"}, "memory.max", "memory.current", "inactive_file"}
	version1 = version{[]string{"sys/fs/cgroup/memory"}, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"}
)

// cgroupsLeft returns what is left under the limit of every memory cgroup that
// holds the process whose /proc/self/cgroup is text. A limit on a cgroup holds
// for all below it, so that the whole way up counts; without a cgroup namespace
// the lower part of that way may not be mounted here, and is skipped.
func cgroupsLeft(root fs.FS, text string) []Memory {
	var all []Memory
	for line := range strings.Lines(text) {
		// hierarchy-ID:controller-list:path; version 2 is "0::path".
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		var v version
		switch {
		case f[0] == "0" && f[1] == "":
			v = version2
		case slices.Contains(strings.Split(f[1], ","), "memory"):
			v = version1
		default:
			continue
		}
		for _, mount := range v.mounts {
			for dir := path.Clean("/" + f[2]); ; dir = path.Dir(dir) {
				if m, ok := v.left(root, path.Join(mount, dir)); ok {
					all = append(all, m)
				}
				if dir == "/" {
					break
				}
			}
		}
	}
	return all
}

// left returns limit - usage of the cgroup in dir; ok is false if it has no
// limit or cannot be read.
func (v version) left(root fs.FS, dir string) (m Memory, ok bool) {
	limit, ok := number(root, path.Join(dir, v.limit))
	if !ok {
		return Memory{}, false
	}
	usage, ok := number(root, path.Join(dir, v.usage))
	if !ok {
		return Memory{}, false
	}
	if text, err := fs.ReadFile(root, path.Join(dir, "memory.stat")); err == nil {
		usage = max(0, usage-field(string(text), v.inactive))
	}
	return Memory{
		Bytes:  max(0, limit-usage),
		Source: "the limit in /" + path.Join(dir, v.limit),
	}, true
}

// number reads a file that holds one number. "max", version 2's word for no
// limit, is not one; version 1 says it by a number near 2^63, which no machine's
// MemAvailable exceeds.
func number(root fs.FS, name string) (int64, bool) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil && n >= 0
}

// field returns the value of "name value" in a memory.stat, or 0.
func field(text, name string) int64 {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 2 && f[0] == name {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil || n < 0 {
				return 0
			}
			return n
		}
	}
	return 0
}

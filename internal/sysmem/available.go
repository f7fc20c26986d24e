package sysmem

import (
	"fmt"
	"io/fs"
	"os"
)

// Memory is an amount of memory and what says so.
type Memory struct {
	// Bytes is never negative.
	Bytes int64
	// Source names the file and field behind Bytes, for messages.
	Source string
}

// Available is how much memory this process can still take without swapping or
// being killed: the least of the machine's MemAvailable and what every memory
// cgroup around the process has left. It is an error only if nothing is known.
func Available() (Memory, error) { return AvailableIn(os.DirFS("/")) }

// AvailableIn is Available for the system whose root directory is root.
func AvailableIn(root fs.FS) (Memory, error) {
	text, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return Memory{}, fmt.Errorf("sysmem: cannot tell how much memory is available: %w", err)
	}
	n, err := parseMeminfo(string(text))
	if err != nil {
		return Memory{}, fmt.Errorf("sysmem: /proc/meminfo: %w", err)
	}
	least := Memory{Bytes: n, Source: "MemAvailable of /proc/meminfo"}
	// A process without readable cgroups is bound by the machine alone.
	if text, err := fs.ReadFile(root, "proc/self/cgroup"); err == nil {
		for _, m := range cgroupsLeft(root, string(text)) {
			if m.Bytes < least.Bytes {
				least = m
			}
		}
	}
	return least, nil
}

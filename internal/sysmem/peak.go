package sysmem

import (
	"fmt"
	"io/fs"
	"os"
)

// PeakRSS is the most memory, in bytes, that this process ever had resident:
// VmHWM of /proc/self/status. (getrusage's ru_maxrss starts at the parent's.)
func PeakRSS() (int64, error) { return PeakRSSIn(os.DirFS("/")) }

// PeakRSSIn is PeakRSS for the system whose root directory is root.
func PeakRSSIn(root fs.FS) (int64, error) {
	text, err := fs.ReadFile(root, "proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("sysmem: cannot tell the peak memory: %w", err)
	}
	n, err := kilobytes(string(text), "VmHWM")
	if err != nil {
		return 0, fmt.Errorf("sysmem: /proc/self/status: %w", err)
	}
	return n, nil
}

package launch

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// tellFullDisk tells of a full disk under the output directory, once the ranks have
// ended: they write there themselves, and their own word of it would be written there.
func (a *agent) tellFullDisk() {
	if a.p.OutputDir == "" {
		return
	}
	var disk unix.Statfs_t
	// A file system without a size (Blocks is 0) does not tell.
	if err := unix.Statfs(a.p.OutputDir, &disk); err == nil && disk.Blocks > 0 && disk.Bavail == 0 {
		a.send(kNotice, fmt.Appendf(nil, "no space is left on the disk of %s (--output-dir): the output of its ranks may be cut off", a.p.OutputDir))
	}
}

package cli

import (
	"golang.org/x/sys/unix"

	"numcomp/internal/doctor"
	"numcomp/launch"
)

// checkFiles fails where this process may not open as many files as its place in
// the world needs: later it would be some connection that fails. Go's run-time
// has raised the soft limit to the hard one already.
func checkFiles(place launch.Place) error {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return nil // nothing is known, so nothing can be refused
	}
	limit := doctor.Limit{Soft: int64(min(l.Cur, 1<<62)), Hard: int64(min(l.Max, 1<<62))}
	finding, ok := doctor.CheckFiles(limit, place.Size)
	if ok {
		return nil
	}
	return usagef("start: rank %d on host %s: %s", place.Rank, hostName(), finding.What).withHint("%s", finding.Do)
}

package doctor

// What a rank keeps open: standard streams, the listener, the poller, the
// launcher's connection and room for input and output files; its links of the
// control tree, whose fan-out is 32; and one connection for every rank that it
// exchanges messages with, which are all in a small world and at most 64 in a
// large one, since collectives and chunks go by trees there.
const (
	ownFiles     = 24
	controlLinks = 33
	dataPeers    = 64
)

// FilesNeeded is how many open files a rank of a world of that size needs.
func FilesNeeded(size int) int {
	others := size - 1
	return ownFiles + min(others, controlLinks) + min(others, dataPeers)
}

// CheckFiles says whether limit is enough for a world of that size, and what to
// do if it is not. Go's run-time has raised the soft limit to the hard one when
// the process started.
func CheckFiles(limit Limit, size int) (finding Finding, ok bool) {
	need := FilesNeeded(size)
	if limit.Soft < 0 || limit.Soft >= int64(need) || limit == (Limit{}) {
		return Finding{}, true
	}
	return Finding{Severity: Error,
		What: sprint("at most %d open files are allowed (hard limit %s), and a rank of a world of %d needs %d", limit.Soft, amount(limit.Hard), size, need),
		Do:   sprint("raise the limit where ranks are started: ulimit -n %d, or nofile in limits.conf; under Slurm see PropagateResourceLimits", max(1024, need)),
	}, false
}

package launch

import "time"

// unfinished are the hosts whose ranks have not all ended, as far as is known here.
func (j *job) unfinished() (hosts []string) {
	for _, l := range j.links {
		if !l.finished && len(l.ranks) > 0 {
			hosts = append(hosts, l.name())
		}
	}
	return hosts
}

// stillEnding says whom the end waits for.
func (j *job) stillEnding() {
	passed := j.slowEnd.passed
	hosts := j.unfinished()
	if !j.slowEnd.again() || len(hosts) == 0 {
		return
	}
	more := "; a second signal does not wait for the grace"
	if j.killed {
		more = ""
	}
	j.spec.Notice("waiting for %s to end all ranks, since %v%s", hostList(hosts), passed.Round(time.Second), more)
}

// cutOff cuts the connections to hosts that do not answer.
func (j *job) cutOff() {
	if hosts := j.unfinished(); len(hosts) > 0 {
		j.spec.Notice("%s did not say in time that all ranks have ended, and the connection is cut: processes of the job may be left there (stopped, or the host hangs)", hostList(hosts))
	}
	for _, c := range j.conns {
		c.process.kill()
	}
}

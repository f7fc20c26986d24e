package launch

import (
	"strings"

	"numcomp/hostfile"
)

// blaunchStarter is LSF's blaunch, inside a job that has the hosts
// (LSB_MCPU_HOSTS="hostA 5 hostB 3").
var blaunchStarter = starter{
	name: "blaunch",
	fits: func(env []string, hosts []hostfile.Host) bool {
		list, _ := lookup(env, "LSB_MCPU_HOSTS")
		_, job := lookup(env, "LSB_JOBID")
		return job && inPath(env, "blaunch") && allIn(hosts, strings.Fields(list))
	},
	argv: func(s *remoteStart, host hostfile.Host) []string {
		return append(append([]string{"blaunch"}, s.Args...), host.Name, "sh") // not -n, which would close its input
	},
}

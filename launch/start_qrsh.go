package launch

import (
	"os"
	"strings"

	"numcomp/hostfile"
)

// qrshStarter is Grid Engine's qrsh -inherit, inside a parallel environment that
// has the hosts (PE_HOSTFILE: host, slots, queue, processors).
var qrshStarter = starter{
	name: "qrsh",
	fits: func(env []string, hosts []hostfile.Host) bool {
		path, ok := lookup(env, "PE_HOSTFILE")
		if !ok || !inPath(env, "qrsh") {
			return false
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return false
		}
		var names []string
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 0 {
				names = append(names, f[0])
			}
		}
		return allIn(hosts, names)
	},
	argv: func(s *remoteStart, host hostfile.Host) []string {
		return append(append([]string{"qrsh", "-inherit"}, s.Args...), host.Name, "sh") // not -nostdin, which would close its input
	},
	explain: func(_, said string) string {
		if strings.Contains(said, "executing task of job") {
			return "Grid Engine did not start it there: the parallel environment needs control_slaves TRUE, and a slot for it (job_is_first_task FALSE)"
		}
		return ""
	},
}

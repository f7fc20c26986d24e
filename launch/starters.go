package launch

import (
	"fmt"
	"slices"
	"strings"

	"numcomp/hostfile"
)

// starter is a way to run a shell on another host whose standard input and output
// are this side's.
type starter struct {
	name string
	// fits says whether it can reach the hosts, by the environment alone.
	fits func(env []string, hosts []hostfile.Host) bool
	// argv is the command that runs sh on a host.
	argv func(s *remoteStart, host hostfile.Host) []string
	// env is the command's environment; nil: as it is.
	env func(env []string) []string
	// explain says what a message of the command means and what to do; nil: nothing.
	explain func(host, said string) string
}

// starters is the order of choice; the last always fits.
func starters() []starter { return []starter{srunStarter, blaunchStarter, qrshStarter, sshStarter} }

// Starters are the names that Spec.Starter may have.
func Starters() (names []string) {
	for _, s := range starters() {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return names
}

func starterNamed(name string) (starter, error) {
	for _, s := range starters() {
		if s.name == name {
			return s, nil
		}
	}
	return starter{}, fmt.Errorf("launch: there is no starter %.32q: %s are known", name, strings.Join(Starters(), ", "))
}

// chooseStarter picks the first that fits.
func chooseStarter(env []string, hosts []hostfile.Host) string {
	for _, s := range starters() {
		if s.fits(env, hosts) {
			return s.name
		}
	}
	return sshStarter.name
}

// inPath says whether a command can be run.
func inPath(env []string, name string) bool {
	_, _, err := lookPath(name, "/", env)
	return err == nil
}

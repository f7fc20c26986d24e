package launch

import (
	"strings"
	"testing"
)

// TestRanksInheritNothing: a rank has its three streams and PMI_FD, and not what
// somebody above has left open.
func TestRanksInheritNothing(t *testing.T) {
	const script = `exec 9<&0; exec "$0" "$@"` // the agent inherits 9
	job, s, err := run(t, 2, nil, func(s *Spec) {
		s.Agent = append([]string{"/bin/sh", "-c", script}, s.Agent...)
		s.Argv = []string{"/bin/ls", "/proc/self/fd"} // it has that folder open itself, as 4
	})
	if err != nil || s.Code != 0 {
		t.Errorf("%+v, %v\n%s", s, err, job.err)
	}
	if got, want := job.out.String(), strings.Repeat("0\n1\n2\n3\n4\n", 2); got != want {
		t.Errorf("ranks have the descriptors %q, want %q", got, want)
	}
}

package launch

import (
	"strings"
	"testing"
	"time"

	"numcomp/hostfile"
)

// TestSSHTakesUserAndPort: what a hostfile says of a host is said to ssh, after
// what the user's own options say.
func TestSSHTakesUserAndPort(t *testing.T) {
	s := &remoteStart{Args: []string{"-p", "1"}, Timeout: time.Minute}
	for _, c := range []struct {
		host hostfile.Host
		want string
	}{
		{hostfile.Host{Name: "a"}, "LogLevel=ERROR -- a sh"},
		{hostfile.Host{Name: "::1", User: "ann", Port: 2222}, "LogLevel=ERROR -l ann -p 2222 -- ::1 sh"},
	} {
		got := strings.Join(sshStarter.argv(s, c.host), " ")
		if !strings.HasSuffix(got, c.want) || !strings.HasPrefix(got, "ssh -p 1 ") {
			t.Errorf("%s, want ssh -p 1 ... %s", got, c.want)
		}
	}
}

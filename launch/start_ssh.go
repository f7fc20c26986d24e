package launch

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"numcomp/hostfile"
)

// sshStarter is the system's ssh, with the user's configuration. Options given
// with Spec.StarterArgs come first, and so win over those here.
var sshStarter = starter{
	name: "ssh",
	fits: func([]string, []hostfile.Host) bool { return true },
	argv: func(s *remoteStart, host hostfile.Host) []string {
		argv := append([]string{"ssh"}, s.Args...)
		seconds := max(1, min(30, int(s.Timeout/time.Second)/2))
		for _, o := range []string{
			"BatchMode=yes", // never a question that nobody answers
			fmt.Sprintf("ConnectTimeout=%d", seconds),
			"ServerAliveInterval=5", "ServerAliveCountMax=3", // a host that is cut off is known in 20 s
			"ControlMaster=no",        // a master that is there is used, but none is left behind
			"ClearAllForwardings=yes", // the user's forwardings are for one connection
			"ForwardX11=no",           // nor is there a display
			"PermitLocalCommand=no",   // whose output would be taken for the relay's
			"RequestTTY=no",           // a terminal would change bytes
			"EscapeChar=none",         // so would escapes
			"LogLevel=ERROR",          // no banners in errors
		} {
			argv = append(argv, "-o", o)
		}
		if host.User != "" {
			argv = append(argv, "-l", host.User)
		}
		if host.Port > 0 {
			argv = append(argv, "-p", strconv.Itoa(host.Port))
		}
		return append(argv, "--", host.Name, "sh")
	},
	explain: explainSSH,
}

// changedKey is what to do about a host whose key is not the known one, in the file
// and by the command that ssh names, if it does.
func changedKey(host, said string) string {
	known, remove := "the one that is known", "ssh-keygen -R "+host
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if _, place, ok := strings.Cut(line, " key in "); ok && strings.HasPrefix(line, "Offending") {
			known += " (" + place + ")"
		}
		if strings.HasPrefix(line, "ssh-keygen ") {
			remove = line
		}
	}
	return "its host key is not " + known + ", so it may be another machine: if it was installed anew, run " + remove + " and connect once by hand"
}

// explainSSH knows ssh's messages.
func explainSSH(host, said string) string {
	for _, c := range []struct{ sign, means string }{
		{"Could not resolve hostname", "no resolver knows this name: correct it in the list of hosts, give an address, or name one with HostName in ~/.ssh/config"},
		{"Name or service not known", "no resolver knows this name: correct it in the list of hosts, or give an address"},
		{"REMOTE HOST IDENTIFICATION HAS CHANGED", changedKey(host, said)},
		{"Host key verification failed", "its host key is not known yet: connect once by hand, ssh " + host + ", or collect keys with ssh-keyscan"},
		{"Permission denied (", "it wants a password or does not accept the keys offered: set up a key without a passphrase or an agent, until ssh -o BatchMode=yes " + host + " true works"},
		{"Too many authentication failures", "name one key with IdentityFile and IdentitiesOnly in ~/.ssh/config"},
		{"Connection refused", "no ssh server listens there: is sshd running, and at this port (Port in ~/.ssh/config)?"},
		{"No route to host", "it is off, or a firewall is between"},
		{"Network is unreachable", "no network of this machine reaches it"},
		{"timed out", "it does not answer: it is off, hangs, or a firewall drops what is sent to it"},
		{"not responding", "it was reached and does not answer any more: it is off, hangs, or the network is cut"},
		{"Connection closed by", "its ssh server ended the connection: see its log; MaxStartups and MaxSessions may be too low"},
		{"Connection reset", "its ssh server ended the connection: see its log; MaxStartups may be too low"},
	} {
		if strings.Contains(said, c.sign) {
			return c.means
		}
	}
	return ""
}

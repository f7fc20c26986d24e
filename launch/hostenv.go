package launch

import (
	"slices"
	"strings"
)

// ofHost says whether a variable belongs to a host and the login there, so that
// its value on the launcher's host is none for others.
func ofHost(name string) bool {
	switch name {
	case "HOME", "USER", "LOGNAME", "SHELL", "MAIL", "PWD", "OLDPWD", "HOSTNAME", "TMPDIR", "DISPLAY", "XAUTHORITY":
		return true
	}
	return strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "SSH_") || strings.HasPrefix(name, "DBUS_")
}

// hostEnv is the launcher's environment as ranks of another host have it: what
// belongs to a host is as there, except the variables that exports names.
func hostEnv(launcher, there, exports []string) []string {
	env := make([]string, 0, len(launcher))
	for _, kv := range launcher {
		if name, _, _ := strings.Cut(kv, "="); !ofHost(name) || slices.Contains(exports, name) {
			env = append(env, kv)
		}
	}
	for _, kv := range there {
		name, _, _ := strings.Cut(kv, "=")
		if _, set := lookup(env, name); !set && ofHost(name) {
			env = append(env, kv)
		}
	}
	return env
}

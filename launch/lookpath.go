package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Statuses of a program that cannot be started, as shells have them.
const (
	statusNotExecutable = 126
	statusNotFound      = 127
)

// lookPath finds the program that a rank is to run: in PATH of env unless the
// name has a slash, then from the folder wdir. status is the job's if it fails.
func lookPath(name, wdir string, env []string) (path string, status int, err error) {
	if strings.Contains(name, "/") {
		path = name
		if !filepath.IsAbs(path) {
			path = filepath.Join(wdir, path)
		}
		switch err := executable(path); {
		case err == nil:
			return path, 0, nil
		case errors.Is(err, fs.ErrNotExist):
			return "", statusNotFound, fmt.Errorf("there is no program %s", path)
		default:
			return "", statusNotExecutable, fmt.Errorf("%s cannot be run: %w", path, err)
		}
	}
	list, _ := lookup(env, "PATH")
	denied := ""
	for _, dir := range filepath.SplitList(list) {
		if dir == "" {
			dir = "."
		}
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(wdir, dir)
		}
		path := filepath.Join(dir, name)
		switch err := executable(path); {
		case err == nil:
			return path, 0, nil
		case errors.Is(err, fs.ErrPermission):
			denied = path
		}
	}
	if denied != "" {
		return "", statusNotExecutable, fmt.Errorf("%s may not be run: it is not executable", denied)
	}
	hint := ""
	if executable(filepath.Join(wdir, name)) == nil {
		hint = "; for the one in the working directory say ./" + name
	}
	return "", statusNotFound, fmt.Errorf("there is no program %s in PATH=%s%s", name, list, hint)
}

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return syscall.EISDIR
	case info.Mode()&0o111 == 0:
		return syscall.EACCES
	}
	return nil
}

// lookup finds a variable in env; the last of a name holds, as it does for exec.
func lookup(env []string, name string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v, true
		}
	}
	return "", false
}

package wholefile

import (
	"fmt"
	"os"
	"path/filepath"
)

// target is a file that is to be replaced or made.
type target struct {
	path string // links followed
	mode os.FileMode
	old  bool // there is one
}

// resolve follows links and refuses what cannot or must not be replaced.
func resolve(path string) (target, error) {
	if path == "" {
		return target{}, fmt.Errorf("no name is given")
	}
	folder := filepath.Dir(path)
	switch s, err := os.Stat(folder); {
	case os.IsNotExist(err):
		return target{}, fmt.Errorf("the folder %s does not exist", folder)
	case err != nil:
		return target{}, err
	case !s.IsDir():
		return target{}, fmt.Errorf("%s is not a folder", folder)
	}
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		return target{path: path}, nil
	}
	real, err := filepath.EvalSymlinks(path)
	if os.IsNotExist(err) {
		return target{}, fmt.Errorf("it is a symbolic link to a file that does not exist")
	}
	if err != nil {
		return target{}, err
	}
	s, err := os.Stat(real)
	if err != nil {
		return target{}, err
	}
	// Renaming a file over a device or a pipe would remove it.
	if s.IsDir() {
		return target{}, fmt.Errorf("it is a folder")
	}
	if !s.Mode().IsRegular() {
		return target{}, fmt.Errorf("it is not a regular file (%v)", s.Mode().Type())
	}
	// A folder's permission is enough to replace a file in it; who protects a file
	// means the file.
	f, err := os.OpenFile(real, os.O_WRONLY, 0)
	if err != nil {
		return target{}, err
	}
	return target{path: real, mode: s.Mode().Perm(), old: true}, f.Close()
}

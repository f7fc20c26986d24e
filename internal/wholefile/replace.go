package wholefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// create makes a file beside the target, of a name that nobody has. Unlike
// os.CreateTemp it leaves the permissions to the umask.
func (t target) create() (*os.File, error) {
	for {
		name := fmt.Sprintf(".numcomp-%016x.tmp", rand.Uint64())
		f, err := os.OpenFile(filepath.Join(filepath.Dir(t.path), name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// replace puts a file with what write writes in the target's place, or leaves
// everything as it was.
func (t target) replace(write func(io.Writer) error) (err error) {
	f, err := t.create()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err := t.fill(f, write); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), t.path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(t.path))
	return nil
}

func (t target) fill(f *os.File, write func(io.Writer) error) error {
	if t.old {
		if err := f.Chmod(t.mode); err != nil {
			return err
		}
	}
	if err := write(f); err != nil {
		return err
	}
	return f.Sync()
}

// syncFolder makes a rename last. Not every file system can, nor may everyone
// read the folder; the file is whole and in its place all the same.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

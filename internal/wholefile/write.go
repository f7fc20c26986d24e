package wholefile

import (
	"fmt"
	"io"
	"os"
)

// Write has write make the contents of the file path. The file appears at once
// and whole: it is written under another name in the same folder, flushed to the
// disk and renamed. When anything fails, an older file of that name stays as it
// was and nothing else is left behind; only a process that is killed in between
// leaves a file .numcomp-*.tmp.
//
// An older file keeps its permissions; a symbolic link is followed. Errors name
// the path and the cause.
func Write(path string, write func(io.Writer) error) error {
	t, err := resolve(path)
	if err == nil {
		err = t.replace(write)
	}
	return named(path, err)
}

// Check tells, before the work begins, whether Write to that path would find a
// folder in which it may create files, and no file that it may not replace. It
// leaves nothing behind.
func Check(path string) error {
	t, err := resolve(path)
	if err != nil {
		return named(path, err)
	}
	f, err := t.create()
	if err != nil {
		return named(path, err)
	}
	f.Close()
	return named(path, os.Remove(f.Name()))
}

func named(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}

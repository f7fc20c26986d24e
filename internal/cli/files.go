package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"numcomp/internal/wholefile"
)

// checkDocument tells whether writeDocument could write path. It leaves nothing
// behind.
func checkDocument(path string) error {
	if path == "-" || isChannel(path) {
		return nil
	}
	return wholefile.Check(path)
}

// writeDocument writes the file path: whole, or not at all; a pipe or a device,
// which cannot be replaced, as it comes.
func writeDocument(path string, write func(io.Writer) error) error {
	if !isChannel(path) {
		return wholefile.Write(path, write)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("cannot write: %w", err)
	}
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return f.Close()
}

// isChannel tells whether path is a pipe, a terminal or another device.
func isChannel(path string) bool {
	s, err := os.Stat(path)
	return err == nil && s.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice|fs.ModeDevice) != 0
}

// sameFile tells whether two paths lead to one file, which need not be there yet.
func sameFile(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	at, err := os.Stat(a)
	if err != nil {
		return false
	}
	bt, err := os.Stat(b)
	return err == nil && os.SameFile(at, bt)
}

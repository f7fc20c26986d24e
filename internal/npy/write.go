package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// Write writes data, an array of that shape in C order, to the file path. The
// file appears at once and whole: it is written under another name in the same
// folder, flushed to the disk and renamed. When anything fails, an older file of
// that name stays as it was and nothing else is left behind; only a process that
// is killed in between leaves a file .numcomp-*.tmp.
//
// An older file keeps its permissions; a symbolic link is followed. Errors name
// the path and the cause.
func Write[T Float](path string, shape []int, data []T) error {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if n != len(data) {
		return fmt.Errorf("npy: cannot write %s: shape %s has %d elements, and there are %d", path, ShapeString(shape), n, len(data))
	}
	t, err := resolve(path)
	if err != nil {
		return fmt.Errorf("npy: cannot write %s: %w", path, err)
	}
	err = t.replace(func(w io.Writer) error {
		if err := writeHeader[T](w, shape); err != nil {
			return err
		}
		return writeData(w, data)
	})
	if err != nil {
		return fmt.Errorf("npy: cannot write %s: %w", path, err)
	}
	return nil
}

// CheckWritable tells, before the work begins, whether Write to that path would
// find a folder in which it may create files, and no file that it may not
// replace. It leaves nothing behind.
func CheckWritable(path string) error {
	t, err := resolve(path)
	if err != nil {
		return fmt.Errorf("npy: cannot write %s: %w", path, err)
	}
	f, err := t.create()
	if err != nil {
		return fmt.Errorf("npy: cannot write %s: %w", path, err)
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("npy: cannot write %s: %w", path, err)
	}
	return nil
}

// writeHeader writes format version 1.0, which has room for any shape of ours,
// padded with spaces so that the data begins at a multiple of 64, as numpy does.
func writeHeader[T Float](w io.Writer, shape []int) error {
	descr := "<f8"
	if _, single := any(T(0)).(float32); single {
		descr = "<f4"
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, ShapeString(shape))
	start := len(magic) + 2 + 2
	text += strings.Repeat(" ", 63-(start+len(text))%64) + "\n"

	p := append([]byte(magic), 1, 0)
	p = binary.LittleEndian.AppendUint16(p, uint16(len(text)))
	_, err := w.Write(append(p, text...))
	return err
}

func writeData[T Float](w io.Writer, data []T) error {
	block := make([]byte, 0, blockBytes)
	for len(data) > 0 {
		n := min(len(data), blockBytes/8)
		block = block[:0]
		switch part := any(data[:n]).(type) {
		case []float64:
			for _, x := range part {
				block = binary.LittleEndian.AppendUint64(block, math.Float64bits(x))
			}
		case []float32:
			for _, x := range part {
				block = binary.LittleEndian.AppendUint32(block, math.Float32bits(x))
			}
		}
		if _, err := w.Write(block); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

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

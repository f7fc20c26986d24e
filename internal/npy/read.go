package npy

import (
	"fmt"
	"io"
	"os"
)

// File is an open npy file whose header has been read and found good.
type File struct {
	Info
	r      io.Reader // at the data
	closer io.Closer
}

// Open reads a file's header. It fails, naming the path and the reason, when the
// file cannot be opened, is no npy file, holds elements that have no one real
// value (complex numbers, objects, strings, dates, records), has a shape that is
// not of two or three dimensions of at least 1, or is shorter or longer than the
// header says. The caller closes the File.
//
// A pipe is accepted too; its length is checked by [ReadInto].
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	length := int64(-1)
	if s, err := f.Stat(); err == nil && s.Mode().IsRegular() {
		length = s.Size()
	}
	file, err := newFile(path, f, length)
	if err != nil {
		f.Close()
		return nil, err
	}
	file.closer = f
	return file, nil
}

// newFile reads the header from r, of a file of so many bytes; -1: not known.
func newFile(path string, r io.Reader, length int64) (*File, error) {
	info, err := readHeader(r)
	info.Path = path
	if err == nil && length >= 0 {
		err = info.checkLength(length - info.offset)
	}
	if err != nil {
		return nil, fmt.Errorf("npy: %s: %w", path, err)
	}
	return &File{Info: info, r: r}, nil
}

// checkLength compares the bytes of data there are with those there should be.
func (i Info) checkLength(found int64) error {
	want := i.dataBytes()
	switch {
	case found < want:
		return fmt.Errorf("truncated: shape %s of %q takes %d bytes of data, found %d", ShapeString(i.Shape), i.DType, want, found)
	case found > want:
		return fmt.Errorf("%d bytes follow the data: shape %s of %q takes %d bytes, found %d; one array a file is expected", found-want, ShapeString(i.Shape), i.DType, want, found)
	}
	return nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// blockBytes is how much is read at a time: a multiple of every element size,
// small enough for the second-level cache.
const blockBytes = 256 << 10

// ReadInto reads the array into dst, in C order, converted to T: numbers that T
// does not have are rounded to the nearest one, true is 1. dst has f.Len()
// elements; else nothing is read. After an error dst holds nothing of use. A File
// is read once.
func ReadInto[T Float](f *File, dst []T) error {
	if len(dst) != f.Len() {
		return fmt.Errorf("npy: %s: shape %s has %d elements, and there is room for %d", f.Path, ShapeString(f.Shape), f.Len(), len(dst))
	}
	place := newPlacer(dst, f.Info)
	block := make([]byte, min(blockBytes, f.dataBytes()))
	for read, want := int64(0), f.dataBytes(); read < want; {
		p := block[:min(int64(len(block)), want-read)]
		n, err := io.ReadFull(f.r, p)
		read += int64(n)
		if isEnd(err) {
			err = f.checkLength(read)
		}
		if err != nil {
			return fmt.Errorf("npy: %s: %w", f.Path, err)
		}
		place.next(p)
	}
	// A file's length was checked when it was opened, but it may have grown, and a
	// pipe's is seen only here.
	switch n, err := io.ReadFull(f.r, block[:1]); {
	case n > 0:
		return fmt.Errorf("npy: %s: more bytes follow the %d that shape %s of %q takes; one array a file is expected", f.Path, f.dataBytes(), ShapeString(f.Shape), f.DType)
	case !isEnd(err):
		return fmt.Errorf("npy: %s: %w", f.Path, err)
	}
	return nil
}

package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"codeberg.org/sbinet/npyio/npy"
)

// Info is what a file's header says.
type Info struct {
	// Path is the file, as it was named.
	Path string
	// Shape has two or three dimensions, each at least 1. Len() times 8 fits an
	// int.
	Shape []int
	// DType is numpy's name of the element type on disk, such as "<f8".
	DType string
	// Fortran says that the first dimension varies fastest on disk.
	Fortran bool

	dtype  dtype
	offset int64 // of the data in the file
}

// Len is the number of elements.
func (i Info) Len() int {
	n := 1
	for _, d := range i.Shape {
		n *= d
	}
	return n
}

// dataBytes is the number of bytes of data on disk.
func (i Info) dataBytes() int64 { return int64(i.Len()) * int64(i.dtype.size) }

// maxHeader bounds what a damaged length makes us read. Headers have some 60 to
// 120 bytes; only records of very many fields, which are refused anyway, have
// more.
const maxHeader = 1 << 20

// magic starts every npy file; the version follows.
const magic = "\x93NUMPY"

// readHeader reads everything up to the data. Its errors lack the path.
func readHeader(r io.Reader) (Info, error) {
	start := make([]byte, len(magic)+2)
	n, err := io.ReadFull(r, start)
	if err != nil && !isEnd(err) {
		return Info{}, err
	}
	start = start[:n]
	if !bytes.HasPrefix(start, []byte(magic)) {
		return Info{}, notNpy(start)
	}
	if n < len(magic)+2 {
		return Info{}, fmt.Errorf("truncated: the header ends after %d bytes", n)
	}
	major := start[len(magic)]
	lengthBytes := 2
	switch major {
	case 1:
	case 2, 3:
		lengthBytes = 4
	default:
		return Info{}, fmt.Errorf("npy format version %d: 1, 2 and 3 are known", major)
	}
	length := make([]byte, 4)
	if n, err := io.ReadFull(r, length[:lengthBytes]); err != nil {
		return Info{}, headerEnds(len(start)+n, err)
	}
	size := int64(binary.LittleEndian.Uint32(length))
	if size > maxHeader {
		return Info{}, fmt.Errorf("a header of %d bytes: it is damaged, or of a type that is not read", size)
	}
	text := make([]byte, size)
	if n, err := io.ReadFull(r, text); err != nil {
		return Info{}, headerEnds(len(start)+lengthBytes+n, err)
	}
	info, err := parseHeader(text)
	info.offset = int64(len(start)) + int64(lengthBytes) + size
	return info, err
}

func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func headerEnds(n int, err error) error {
	if !isEnd(err) {
		return err
	}
	return fmt.Errorf("truncated: the header ends after %d bytes", n)
}

// notNpy says what a file is that does not start as an npy file.
func notNpy(start []byte) error {
	switch {
	case len(start) == 0:
		return errors.New("not an npy file: it is empty")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")):
		return errors.New("not an npy file but a zip archive, as numpy's .npz files are: unzip it and name one of the arrays in it")
	case bytes.HasPrefix(start, []byte("\x89HDF")):
		return errors.New("not an npy file but an HDF5 file: save the array with numpy.save")
	}
	return fmt.Errorf("not an npy file: it starts with %q", start)
}

// parseHeader makes sense of a header's text, a Python dictionary.
func parseHeader(text []byte) (Info, error) {
	h, err := dictionary(text)
	if err != nil {
		return Info{}, fmt.Errorf("the header %q cannot be read: %w", shorten(string(bytes.TrimSpace(text))), err)
	}
	info := Info{Shape: h.Descr.Shape, Fortran: h.Descr.Fortran}
	// The shape is looked at first: it is what people know of their arrays.
	if len(info.Shape) != 2 && len(info.Shape) != 3 {
		return Info{}, fmt.Errorf("an array of 2 or 3 dimensions is expected, this one has %d: shape %s", len(info.Shape), ShapeString(info.Shape))
	}
	if info.dtype, err = parseDType(h.Descr.Type); err != nil {
		return Info{}, err
	}
	info.DType = info.dtype.name
	// 8: every element becomes a float64, and none has more bytes on disk.
	n := math.MaxInt / 8
	for _, d := range info.Shape {
		if d < 1 {
			return Info{}, fmt.Errorf("shape %s: every dimension must be at least 1", ShapeString(info.Shape))
		}
		n /= d
	}
	if n == 0 {
		return Info{}, fmt.Errorf("shape %s: more bytes than an int can count", ShapeString(info.Shape))
	}
	return info, nil
}

// shorten keeps what a damaged file holds from filling the screen.
func shorten(s string) string { return s[:min(len(s), 200)] }

// dictionary reads the header's text through npyio, in the one form that it
// knows: version 2, as numpy writes the dictionary. It cuts the text at the
// places where it finds the keys without looking whether they are in order,
// hence the recovery; and it cuts off two characters before the closing brace,
// which would be a digit of the shape where other writers put no comma.
func dictionary(text []byte) (h npy.Header, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not the dictionary of descr, fortran_order and shape that numpy writes")
		}
	}()
	if open, end := bytes.IndexByte(text, '{'), bytes.IndexByte(text, '}'); open >= 0 && open < end {
		inside := bytes.TrimRight(text[open+1:end], ", \t\r\n")
		text = append(append([]byte("{"), inside...), ", }\n"...)
	}
	var b bytes.Buffer
	b.WriteString(magic + "\x02\x00")
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(text))))
	b.Write(text)
	r, err := npy.NewReader(&b)
	if err != nil {
		return npy.Header{}, errors.New(strings.TrimPrefix(err.Error(), "npy: "))
	}
	return r.Header, nil
}

// ShapeString is a shape as Python writes it: (), (4,), (2, 3).
func ShapeString(shape []int) string {
	switch len(shape) {
	case 0:
		return "()"
	case 1:
		return fmt.Sprintf("(%d,)", shape[0])
	}
	return "(" + strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", ", ") + ")"
}

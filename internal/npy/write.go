package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"numcomp/internal/wholefile"
)

// Write writes data, an array of that shape in C order, to the file path, whole
// or not at all: see [wholefile.Write]. Errors name the path and the cause.
func Write[T Float](path string, shape []int, data []T) error {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if n != len(data) {
		return fmt.Errorf("npy: cannot write %s: shape %s has %d elements, and there are %d", path, ShapeString(shape), n, len(data))
	}
	err := wholefile.Write(path, func(w io.Writer) error {
		if err := writeHeader[T](w, shape); err != nil {
			return err
		}
		return writeData(w, data)
	})
	if err != nil {
		return fmt.Errorf("npy: %w", err)
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

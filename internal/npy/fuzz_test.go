package npy

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"codeberg.org/sbinet/npyio/npy"
)

// FuzzRead reads any bytes as a file. What is accepted has the length that it
// claims, is read without error, and, where npyio reads it too, has npyio's
// elements.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*.np?")
	if err != nil || len(names) == 0 {
		f.Fatal("no test data: ", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := newFile("fuzz.npy", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if n := int64(len(data)); file.offset+file.dataBytes() != n {
			t.Fatalf("%d bytes were taken for %+v", n, file.Info)
		}
		got := make([]float64, file.Len())
		if err := ReadInto(file, got); err != nil {
			t.Fatal(err)
		}
		if file.DType != "<f8" || file.Fortran || data[6] == 3 {
			return
		}
		want, ok := npyio(data, file.Shape)
		if !ok {
			return
		}
		for i := range got {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Fatalf("element %d is %v, npyio's %v", i, got[i], want[i])
			}
		}
	})
}

// npyio reads data by npyio alone; not ok: it cannot, or takes the shape for
// another one, as it does where no comma follows it.
func npyio(data []byte, shape []int) (elements []float64, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	r, err := npy.NewReader(bytes.NewReader(data))
	if err != nil || !slices.Equal(r.Header.Descr.Shape, shape) {
		return nil, false
	}
	err = r.Read(&elements)
	return elements, err == nil
}

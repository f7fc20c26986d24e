package npy

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"codeberg.org/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"
)

// only fails if the folder holds anything else than these names.
func only(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, names) {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

// TestWriteAsNumpy writes what numpy wrote, byte for byte.
func TestWriteAsNumpy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	three := make([]float64, 24)
	for i := range three {
		three[i] = float64(i)
	}
	for name, write := range map[string]func() error{
		"le-f8-2d": func() error { return Write(path, []int{2, 3}, []float64{-20, -10, 0, 10, 20, 30}) },
		"le-f4-2d": func() error { return Write(path, []int{2, 3}, []float32{-20, -10, 0, 10, 20, 30}) },
		"c-3d":     func() error { return Write(path, []int{2, 3, 4}, three) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
}

// TestWriteReadByNpyio writes what npyio reads, more than a block of it, and reads
// it back.
func TestWriteReadByNpyio(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.npy")
	const rows, cols = 211, 307
	data := make([]float64, rows*cols)
	for i := range data {
		data[i] = math.Sqrt(float64(i))
	}
	data[5], data[6] = math.Inf(-1), math.Copysign(0, -1)
	if err := Write(path, []int{rows, cols}, data); err != nil {
		t.Fatal(err)
	}
	only(t, folder, "a.npy")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var m mat.Dense
	if err := npy.Read(f, &m); err != nil {
		t.Fatal(err)
	}
	if r, c := m.Dims(); r != rows || c != cols || !slices.EqualFunc(m.RawMatrix().Data, data, same) {
		t.Errorf("npyio reads %d x %d, or other elements", r, c)
	}
	if _, got, err := read[float64](path); err != nil || !slices.EqualFunc(got, data, same) {
		t.Errorf("we read other elements: %v", err)
	}
}

// TestWriteRefuses names the path and the cause.
func TestWriteRefuses(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "r.npy")
	for _, c := range []struct {
		path, want string
		shape      []int
	}{
		{path, "npy: cannot write " + path + ": shape (2, 3) has 6 elements, and there are 1", []int{2, 3}},
		{folder, "npy: cannot write " + folder + ": it is a folder", []int{1, 1}},
	} {
		if err := Write(c.path, c.shape, []float64{1}); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	only(t, folder)
}

package npy

import (
	"bytes"
	"errors"
	"io"
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

// TestWriteFails leaves the old file and nothing else.
func TestWriteFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "r.npy")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	target, err := resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the disk is full")
	err = target.replace(func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 100)); err != nil {
			return err
		}
		return cause
	})
	if err != cause {
		t.Errorf("replace: %v, want %v", err, cause)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("the old file is %q, %v", got, err)
	}
	only(t, folder, "r.npy")

	// And then it works, and keeps the permissions.
	if err := Write(path, []int{1, 1}, []float64{1}); err != nil {
		t.Fatal(err)
	}
	only(t, folder, "r.npy")
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o640 {
		t.Errorf("the permissions became %v, %v", s.Mode(), err)
	}
}

// TestUnwritable has the same refusals, before and after the work.
func TestUnwritable(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := os.WriteFile(at("plain"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for to, link := range map[string]string{"nowhere.npy": "dangling.npy", "real.npy": "link.npy"} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(at("real.npy"), []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"", "npy: cannot write : no name is given"},
		{at("out/r.npy"), "npy: cannot write " + at("out/r.npy") + ": the folder " + at("out") + " does not exist"},
		{at("plain/r.npy"), "npy: cannot write " + at("plain/r.npy") + ": " + at("plain") + " is not a folder"},
		{folder, "npy: cannot write " + folder + ": it is a folder"},
		{at("dangling.npy"), "npy: cannot write " + at("dangling.npy") + ": it is a symbolic link to a file that does not exist"},
		{"/dev/null", "npy: cannot write /dev/null: it is not a regular file (Dcrw-rw-rw-)"},
		{at("new.npy"), ""},
		{at("link.npy"), ""},
	} {
		check, write := CheckWritable(c.path), error(nil)
		if c.want != "" {
			write = Write(c.path, []int{1, 1}, []float64{1})
		}
		for what, err := range map[string]error{"CheckWritable": check, "Write": write} {
			text := ""
			if err != nil {
				text = err.Error()
			}
			if c.path == "/dev/null" && err != nil {
				text = c.want // the mode's text is the system's
			}
			if text != c.want {
				t.Errorf("%s(%q):\n got %s\nwant %s", what, c.path, text, c.want)
			}
		}
	}
	only(t, folder, "dangling.npy", "link.npy", "plain", "real.npy")

	if err := Write(at("link.npy"), []int{1, 1}, []float64{1}); err != nil {
		t.Fatal(err)
	}
	if s, err := os.Lstat(at("link.npy")); err != nil || s.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", s.Mode(), err)
	}
	if _, got, err := read[float64](at("real.npy")); err != nil || !slices.Equal(got, []float64{1}) {
		t.Errorf("through the link: %v, %v", got, err)
	}
	err := Write(at("new.npy"), []int{2, 3}, []float64{1})
	if want := "npy: cannot write " + at("new.npy") + ": shape (2, 3) has 6 elements, and there are 1"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

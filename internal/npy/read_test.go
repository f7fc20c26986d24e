package npy

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func file(name string) string { return filepath.Join("testdata", name+".npy") }

// read opens and reads a file whole.
func read[T Float](path string) (Info, []T, error) {
	f, err := Open(path)
	if err != nil {
		return Info{}, nil, err
	}
	defer f.Close()
	dst := make([]T, f.Len())
	return f.Info, dst, ReadInto(f, dst)
}

// TestReadTypes reads what numpy wrote, of every type, order and version that is
// read; testdata/make.py tells the values.
func TestReadTypes(t *testing.T) {
	signed := []float64{-20, -10, 0, 10, 20, 30}
	unsigned := []float64{0, 1, 2, 3, 4, 5}
	three := make([]float64, 24)
	for i := range three {
		three[i] = float64(i)
	}
	for _, c := range []struct {
		names   string
		shape   []int
		fortran bool
		want    []float64
	}{
		{"i1-2d le-i2-2d be-i2-2d le-i4-2d be-i4-2d le-i8-2d be-i8-2d", []int{2, 3}, false, signed},
		{"le-f2-2d be-f2-2d le-f4-2d be-f4-2d le-f8-2d be-f8-2d", []int{2, 3}, false, signed},
		{"u1-2d le-u2-2d be-u2-2d le-u4-2d be-u4-2d le-u8-2d be-u8-2d", []int{2, 3}, false, unsigned},
		{"version2-2d version3-2d", []int{2, 3}, false, signed},
		{"bool-2d", []int{2, 3}, false, []float64{1, 0, 1, 0, 0, 1}},
		{"fortran-2d", []int{2, 3}, true, signed},
		{"c-3d", []int{2, 3, 4}, false, three},
		{"fortran-3d fortran-be-i2-3d", []int{2, 3, 4}, true, three},
	} {
		for name := range strings.FieldsSeq(c.names) {
			t.Run(name, func(t *testing.T) {
				testRead[float64](t, name, c.shape, c.fortran, c.want)
				testRead[float32](t, name, c.shape, c.fortran, c.want)
			})
		}
	}
}

func testRead[T Float](t *testing.T, name string, shape []int, fortran bool, want []float64) {
	t.Helper()
	info, got, err := read[T](file(name))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(info.Shape, shape) || info.Fortran != fortran || info.Path != file(name) {
		t.Errorf("%+v, want shape %v, fortran %v", info, shape, fortran)
	}
	for i := range want {
		if got[i] != T(want[i]) {
			t.Errorf("%T: element %d is %v, want %v", got[i], i, got[i], want[i])
		}
	}
}

// TestReadRounds reads numbers that the type in memory does not have.
func TestReadRounds(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name           string
		double, single []float64
	}{
		{"large-i8-2d", []float64{1 << 63, -1 << 63, 1 << 53, 1<<24 + 1}, []float64{1 << 63, -1 << 63, 1 << 53, 1 << 24}},
		{"large-f8-2d", []float64{1e300, -1e300, 1e-300, nan}, []float64{inf, -inf, 0, nan}},
		{
			"half-2d",
			[]float64{65504, 0x1p-24, 0x1p-14, inf, math.Copysign(0, -1), nan},
			[]float64{65504, 0x1p-24, 0x1p-14, inf, math.Copysign(0, -1), nan},
		},
	} {
		_, double, err := read[float64](file(c.name))
		if err != nil {
			t.Fatal(err)
		}
		_, single, err := read[float32](file(c.name))
		if err != nil {
			t.Fatal(err)
		}
		for i := range double {
			if !same(double[i], c.double[i]) {
				t.Errorf("%s: float64 %d is %v, want %v", c.name, i, double[i], c.double[i])
			}
			if !same(float64(single[i]), c.single[i]) {
				t.Errorf("%s: float32 %d is %v, want %v", c.name, i, single[i], c.single[i])
			}
		}
	}
}

func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

// TestOpenErrors names what is refused, and how.
func TestOpenErrors(t *testing.T) {
	for name, want := range map[string]string{
		"complex-2d":    `dtype "<c16" is not read: the elements are complex numbers: save the real part, the imaginary part or the magnitude`,
		"object-2d":     `dtype "|O" is not read: the elements are Python objects: convert the array with astype(float)`,
		"unicode-2d":    `dtype "<U3" is not read: the elements are strings: convert the array with astype(float)`,
		"bytes-2d":      `dtype "|S3" is not read: the elements are strings of bytes: convert the array with astype(float)`,
		"date-2d":       `dtype "<M8[s]" is not read: the elements are dates (datetime64)`,
		"delta-2d":      `dtype "<m8[s]" is not read: the elements are time differences (timedelta64)`,
		"void-2d":       `dtype "|V5" is not read: the elements are raw bytes (void)`,
		"record-2d":     `the elements are records, dtype [('a', '<f8'), ('b', '<i4')]: save one field of them`,
		"longdouble-2d": `dtype "<f16" is not read: elements of that kind are read with 2, 4, 8 bytes; convert the array with astype(float)`,
		"0d":            `an array of 2 or 3 dimensions is expected, this one has 0: shape ()`,
		"1d":            `an array of 2 or 3 dimensions is expected, this one has 1: shape (4,)`,
		"4d":            `an array of 2 or 3 dimensions is expected, this one has 4: shape (1, 2, 1, 2)`,
		"empty-2d":      `shape (0, 3): every dimension must be at least 1`,
		"truncated-3d":  `truncated: shape (2, 3, 4) of "<f8" takes 192 bytes of data, found 102`,
		"trailing-3d":   `4 bytes follow the data: shape (2, 3, 4) of "<f8" takes 192 bytes, found 196; one array a file is expected`,
	} {
		_, err := Open(file(name))
		if want := "npy: " + file(name) + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, want)
		}
	}
	for path, want := range map[string]string{
		"testdata/archive.npz": "npy: testdata/archive.npz: not an npy file but a zip archive, as numpy's .npz files are: unzip it and name one of the arrays in it",
		"testdata/make.py":     `npy: testdata/make.py: not an npy file: it starts with "#!/usr/b"`,
		"testdata/nowhere.npy": "npy: open testdata/nowhere.npy: no such file or directory",
		"testdata":             "npy: testdata: read testdata: is a directory",
	} {
		if _, err := Open(path); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", path, err, want)
		}
	}
}

// header makes a file of a header's text and n bytes of data.
func header(text string, n int) string {
	return magic + "\x01\x00" + string([]byte{byte(len(text)), byte(len(text) >> 8)}) + text + strings.Repeat("\x00", n)
}

// TestHeaders reads headers that other writers write and that nobody should.
func TestHeaders(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"as numpy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }   \n", 16), ""},
		{"no comma", header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}\n", 16), ""},
		{"no line end", header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }", 16), ""},
		{"nothing", "", "not an npy file: it is empty"},
		{"HDF5", "\x89HDF\r\n\x1a\n", "not an npy file but an HDF5 file: save the array with numpy.save"},
		{"magic only", magic, "truncated: the header ends after 6 bytes"},
		{"no length", magic + "\x01\x00\x10", "truncated: the header ends after 9 bytes"},
		{"short text", magic + "\x01\x00\x10\x00{'descr'", "truncated: the header ends after 18 bytes"},
		{"version 4", magic + "\x04\x00\x10\x00", "npy format version 4: 1, 2 and 3 are known"},
		{"huge header", magic + "\x02\x00\xff\xff\xff\xff", "a header of 4294967295 bytes: it is damaged, or of a type that is not read"},
		{"no braces", header("hello\n", 0), `the header "hello" cannot be read: invalid dictionary format`},
		{"no closing brace", header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)\n", 16), "cannot be read: not the dictionary"},
		{"long", header("{"+strings.Repeat("x", 300)+"\n", 0), `the header "{` + strings.Repeat("x", 199) + `" cannot be read`},
		{"other order", header("{'shape': (1, 2), 'descr': '<f8', 'fortran_order': False, }\n", 16), "cannot be read"},
		{"bad order", header("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1, 2), }\n", 16), "cannot be read: invalid 'fortran_order' value (Maybe)"},
		{"bad shape", header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, x), }\n", 16), "cannot be read"},
		{"negative", header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -2), }\n", 16), "shape (-1, -2): every dimension must be at least 1"},
		{"overflow", header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2), }\n", 0), "shape (4294967296, 4294967296, 2): more bytes than an int can count"},
		{"all of an int", header("{'descr': '|i1', 'fortran_order': False, 'shape': (1152921504606846976, 1), }\n", 0), "more bytes than an int can count"},
		{"nearly", header("{'descr': '|i1', 'fortran_order': False, 'shape': (1152921504606846975, 1), }\n", 0), "truncated: shape (1152921504606846975, 1)"},
		{"unknown type", header("{'descr': '<q8', 'fortran_order': False, 'shape': (1, 2), }\n", 16), `dtype "<q8" is not understood`},
		{"native order", header("{'descr': '=f8', 'fortran_order': False, 'shape': (1, 2), }\n", 16), `dtype "=f8" is not understood`},
		{"no type", header("{'descr': '', 'fortran_order': False, 'shape': (1, 2), }\n", 16), `dtype "" is not understood`},
		{"type not quoted", header("{'descr': 7, 'fortran_order': False, 'shape': (1, 2), }\n", 16), `dtype 7 is not understood`},
	} {
		f, err := newFile("x.npy", strings.NewReader(c.data), int64(len(c.data)))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want == "":
			if err := ReadInto(f, make([]float64, 2)); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		case err == nil || !strings.HasPrefix(err.Error(), "npy: x.npy: ") || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestReadIntoErrors reads what turns out wrong only while the data is read.
func TestReadIntoErrors(t *testing.T) {
	data, err := os.ReadFile(file("c-3d"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, data string
		room       int
		want       string
	}{
		{"no room", string(data), 23, "npy: pipe: shape (2, 3, 4) has 24 elements, and there is room for 23"},
		{"too much room", string(data), 25, "npy: pipe: shape (2, 3, 4) has 24 elements, and there is room for 25"},
		{"ends", string(data[:len(data)-1]), 24, `npy: pipe: truncated: shape (2, 3, 4) of "<f8" takes 192 bytes of data, found 191`},
		{"goes on", string(data) + "x", 24, `npy: pipe: more bytes follow the 192 that shape (2, 3, 4) of "<f8" takes; one array a file is expected`},
		{"good", string(data), 24, ""},
	} {
		f, err := newFile("pipe", io.MultiReader(strings.NewReader(c.data)), -1)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		if err := ReadInto(f, make([]float64, c.room)); err != nil {
			text = err.Error()
		}
		if text != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, text, c.want)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestReadBlocks reads arrays of more than a block, whose blocks end within runs
// of the first dimension.
func TestReadBlocks(t *testing.T) {
	shape := []int{7, 131, 97} // 88,949 elements, 2.7 blocks of float64
	f := &File{Info: Info{Path: "x", Shape: shape, DType: "<f8", dtype: dtype{"<f8", 'f', 8, false}}}
	n := f.Len()
	data := make([]float64, n)
	for i := range data {
		data[i] = float64(i)
	}
	for _, fortran := range []bool{false, true} {
		var b strings.Builder
		if err := writeData(&b, data); err != nil {
			t.Fatal(err)
		}
		f.r, f.Fortran = strings.NewReader(b.String()), fortran
		got := make([]float64, n)
		if err := ReadInto(f, got); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			want := i
			if fortran {
				// Place i in C order is (x, y, z); its place in Fortran order follows.
				x, y, z := i/(131*97), i/97%131, i%97
				want = x + 7*(y+131*z)
			}
			if got[i] != float64(want) {
				t.Fatalf("fortran %v: element %d is %v, want %d", fortran, i, got[i], want)
			}
		}
	}
}

func BenchmarkReadInto(b *testing.B) {
	shape := []int{3000, 3000}
	path := filepath.Join(b.TempDir(), "a.npy")
	dst := make([]float64, 9_000_000)
	if err := Write(path, shape, dst); err != nil {
		b.Fatal(err)
	}
	for _, order := range []string{"C", "Fortran"} {
		b.Run("3000x3000/"+order, func(b *testing.B) {
			b.SetBytes(72_000_000)
			for b.Loop() {
				f, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				f.Fortran = order == "Fortran"
				if err := ReadInto(f, dst); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
}

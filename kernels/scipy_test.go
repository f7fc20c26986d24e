package kernels_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"codeberg.org/sbinet/npyio/npz"

	"numcomp/kernels"
	"numcomp/kernels/kerneltest"
)

// scipyTolerance is how far conv2d may be from what scipy computed on x86-64, in
// ULPs of the sum of magnitudes: it adds the same products in the same order.
const scipyTolerance = 0

// scipyCase is a line of testdata/index.json. The arrays are in
// testdata/conv2d.npz as NAME-image, NAME-filter and NAME-result. more.json and
// more.npz are alike; testdata/make.py made them.
type scipyCase struct {
	Name, DType           string
	Image, Filter, Result [2]int
	Mode, Boundary        string
	FillValue             float64
	Stride                int
}

// TestScipy compares every variant of conv2d with results of
// scipy.signal.convolve2d(image, filter, mode, boundary, fillvalue)[::s, ::s].
func TestScipy(t *testing.T) {
	compareScipyFile(t, "index.json", "conv2d.npz", 100)
	compareScipyFile(t, "more.json", "more.npz", 64)
}

func compareScipyFile(t *testing.T, index, archive string, n int) {
	text, err := os.ReadFile(filepath.Join("testdata", index))
	if err != nil {
		t.Fatal(err)
	}
	var cases []scipyCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != n {
		t.Fatalf("%s has %d cases, want %d", index, len(cases), n)
	}
	arrays, err := npz.Open(filepath.Join("testdata", archive))
	if err != nil {
		t.Fatal(err)
	}
	defer arrays.Close()
	e, _ := kernels.Lookup("conv2d")
	for v, variant := range e.Variants {
		t.Run(archive+"/"+variant, func(t *testing.T) {
			if !kernels.Runs("conv2d", v) {
				t.Skip("this machine cannot run it")
			}
			for _, c := range cases {
				switch c.DType {
				case "float64":
					compareScipy[float64](t, arrays, v, c)
				case "float32":
					compareScipy[float32](t, arrays, v, c)
				default:
					t.Fatalf("%s: dtype %q", c.Name, c.DType)
				}
			}
		})
	}
}

func compareScipy[T kernels.Float](t *testing.T, arrays *npz.Reader, variant int, c scipyCase) {
	t.Helper()
	o := kernels.Options{FillValue: c.FillValue, Stride: c.Stride}
	var err error
	if o.Mode, err = kernels.ParseMode(c.Mode); err != nil {
		t.Fatal(err)
	}
	if o.Boundary, err = kernels.ParseBoundary(c.Boundary); err != nil {
		t.Fatal(err)
	}
	image := load[T](t, arrays, c.Name+"-image.npy", c.Image)
	filter := load[T](t, arrays, c.Name+"-filter.npy", c.Filter)
	want := load[T](t, arrays, c.Name+"-result.npy", c.Result)
	magnitude, err := kerneltest.Magnitudes("conv2d", o, image, filter)
	if err != nil {
		t.Fatal(err)
	}
	for _, o.ComputeAll = range []bool{false, true} {
		k, err := kernels.New[T]("conv2d", variant, o)
		if err != nil {
			t.Fatal(err)
		}
		shape, err := k.Result(image.Shape(), filter.Shape())
		if err != nil || shape != want.Shape() {
			t.Errorf("%s: Result is %v, %v, want %v", c.Name, shape, err, want.Shape())
			continue
		}
		got := kernels.Array[T]{Rows: shape.Rows, Cols: shape.Cols, Data: make([]T, len(want.Data))}
		k.Apply(got, image, filter)
		if !kerneltest.Near(t, got, want, magnitude, scipyTolerance) {
			t.Errorf("that was %+v, all computed: %v", c, o.ComputeAll)
		}
	}
}

func load[T kernels.Float](t *testing.T, arrays *npz.Reader, name string, shape [2]int) kernels.Array[T] {
	t.Helper()
	a := kernels.Array[T]{Rows: shape[0], Cols: shape[1]}
	if err := arrays.Read(name, &a.Data); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(a.Data) != a.Rows*a.Cols {
		t.Fatalf("%s has %d elements, want %v", name, len(a.Data), shape)
	}
	return a
}

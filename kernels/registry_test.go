package kernels_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"numcomp/kernels"
)

func TestRegistry(t *testing.T) {
	var names []string
	for _, e := range kernels.All() {
		names = append(names, e.Name)
		if e.Summary == "" || strings.Contains(e.Summary, "\n") {
			t.Errorf("%s: summary %q: want one line", e.Name, e.Summary)
		}
		if len(e.Variants) == 0 || e.Variants[0] != "reference" {
			t.Errorf("%s: variants %v: the first must be reference", e.Name, e.Variants)
		}
		if d := e.Tolerance(0); d != 0 {
			t.Errorf("%s: the reference's own tolerance is %v", e.Name, d)
		}
		if best := kernels.Best(e.Name); best < 0 || best >= len(e.Variants) {
			t.Errorf("%s: Best is %d of %v", e.Name, best, e.Variants)
		}
		if got, ok := kernels.Lookup(e.Name); !ok || got.Name != e.Name || !slices.Equal(got.Variants, e.Variants) {
			t.Errorf("Lookup(%q) is %v, %v", e.Name, got, ok)
		}
	}
	if want := []string{"conv2d", "exp"}; !slices.Equal(names, want) {
		t.Errorf("the kernels are %v, want %v", names, want)
	}
	// What All gives is the caller's.
	kernels.All()[0].Variants[0] = "changed"
	if e, _ := kernels.Lookup("conv2d"); e.Variants[0] != "reference" {
		t.Error("a caller changed the table")
	}
	if e, ok := kernels.Lookup("conv3d"); ok {
		t.Errorf("Lookup of what is not there is %v", e)
	}
	if i := kernels.Best("conv3d"); i != -1 {
		t.Errorf("Best of what is not there is %d", i)
	}
	if e, _ := kernels.Lookup("conv2d"); e.Variants[kernels.Best("conv2d")] == "reference" {
		t.Error("the best conv2d is the reference")
	}
}

func TestNewErrors(t *testing.T) {
	one := kernels.Options{Stride: 1}
	for _, c := range []struct {
		name    string
		variant int
		o       kernels.Options
		want    string
	}{
		{"conv3d", 0, one, `kernels: no kernel "conv3d": there are conv2d, exp`},
		{"conv2d", 9, one, `kernels: conv2d has no variant 9: there are 4, counted from 0`},
		{"conv2d", -1, one, `kernels: conv2d has no variant -1: there are 4, counted from 0`},
		{"conv2d", 0, kernels.Options{}, `kernels: conv2d: stride 0: must be at least 1`},
		{"conv2d", 1, kernels.Options{Stride: -5}, `kernels: conv2d: stride -5: must be at least 1`},
		{"conv2d", 1, kernels.Options{Stride: 1, Mode: 3}, `kernels: conv2d: unknown mode Mode(3)`},
		{"conv2d", 1, kernels.Options{Stride: 1, Boundary: -1}, `kernels: conv2d: unknown boundary Boundary(-1)`},
	} {
		if _, err := kernels.New[float64](c.name, c.variant, c.o); err == nil || err.Error() != c.want {
			t.Errorf("New(%q, %d, %+v): %v, want %s", c.name, c.variant, c.o, err, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, m := range []kernels.Mode{kernels.Full, kernels.Same, kernels.Valid} {
		if got, err := kernels.ParseMode(m.String()); got != m || err != nil {
			t.Errorf("ParseMode(%q) is %v, %v", m.String(), got, err)
		}
	}
	for _, b := range []kernels.Boundary{kernels.BoundaryFill, kernels.BoundaryWrap, kernels.BoundarySymm} {
		if got, err := kernels.ParseBoundary(b.String()); got != b || err != nil {
			t.Errorf("ParseBoundary(%q) is %v, %v", b.String(), got, err)
		}
	}
	_, err := kernels.ParseMode("Full")
	if want := `mode "Full": must be one of full, same, valid`; err == nil || err.Error() != want {
		t.Errorf("ParseMode: %v, want %s", err, want)
	}
	_, err = kernels.ParseBoundary("")
	if want := `boundary "": must be one of fill, wrap, symm`; err == nil || err.Error() != want {
		t.Errorf("ParseBoundary: %v, want %s", err, want)
	}
}

// TestConv2dResult names shapes by the definition, and what has none.
func TestConv2dResult(t *testing.T) {
	type shape = kernels.Shape
	for _, c := range []struct {
		mode       kernels.Mode
		stride     int
		image, fil shape
		want       shape
		wantErr    string
	}{
		{kernels.Full, 5, shape{1000, 1000}, shape{4, 4}, shape{201, 201}, ""},
		{kernels.Full, 5, shape{3000, 3000}, shape{4, 4}, shape{601, 601}, ""},
		{kernels.Full, 1, shape{1, 1}, shape{7, 9}, shape{7, 9}, ""},
		{kernels.Same, 5, shape{32, 33}, shape{40, 1}, shape{7, 7}, ""},
		{kernels.Valid, 1, shape{5, 7}, shape{4, 3}, shape{2, 5}, ""},
		{kernels.Valid, 1, shape{4, 3}, shape{5, 7}, shape{2, 5}, ""},
		{kernels.Valid, 1, shape{5, 5}, shape{5, 5}, shape{1, 1}, ""},
		{kernels.Full, math.MaxInt, shape{9, 9}, shape{4, 4}, shape{1, 1}, ""},
		{kernels.Valid, 1, shape{5, 7}, shape{4, 8}, shape{},
			"kernels: conv2d, mode valid: of the 5x7 array and the 4x8 filter one must be at least as large as the other in both dimensions"},
		{kernels.Full, 1, shape{0, 7}, shape{4, 8}, shape{},
			"kernels: conv2d of a 0x7 array: every dimension must be at least 1"},
		{kernels.Full, 1, shape{5, 7}, shape{4, -8}, shape{},
			"kernels: conv2d with a 4x-8 filter: every dimension must be at least 1"},
		{kernels.Full, 1, shape{math.MaxInt / 8, 1}, shape{1, 2}, shape{},
			"kernels: conv2d of a 1152921504606846975x1 array with a 1x2 filter: a result of 1152921504606846975x2: more bytes than an int can count"},
		{kernels.Full, 1, shape{math.MaxInt, 1}, shape{1, 2}, shape{},
			"kernels: conv2d of a 9223372036854775807x1 array: more bytes than an int can count"},
	} {
		k, err := kernels.New[float64]("conv2d", 1, kernels.Options{Mode: c.mode, Stride: c.stride})
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.Result(c.image, c.fil)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != c.want || text != c.wantErr {
			t.Errorf("%v of %v with %v, stride %d: %v, %q; want %v, %q", c.mode, c.image, c.fil, c.stride, got, text, c.want, c.wantErr)
		}
	}
}

// TestExp compares with values known in closed form.
func TestExp(t *testing.T) {
	k, err := kernels.New[float64]("exp", 0, kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := []float64{0, 1, -1, math.Ln2, math.Inf(1), math.Inf(-1), math.NaN(), 1000}
	want := []float64{1, math.E, 1 / math.E, 2, math.Inf(1), 0, math.NaN(), math.Inf(1)}
	out := make([]float64, len(in))
	k.Apply(kernels.Array[float64]{Rows: 2, Cols: 4, Data: out}, kernels.Array[float64]{Rows: 2, Cols: 4, Data: in}, kernels.Array[float64]{})
	for i := range in {
		if same := out[i] == want[i] || math.IsNaN(out[i]) && math.IsNaN(want[i]); !same && math.Abs(out[i]-want[i]) > 1e-15*want[i] {
			t.Errorf("exp(%v) is %v, want %v", in[i], out[i], want[i])
		}
	}
	single, err := kernels.New[float32]("exp", 0, kernels.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, y := []float32{1.1}, []float32{0}
	single.Apply(kernels.Array[float32]{Rows: 1, Cols: 1, Data: y}, kernels.Array[float32]{Rows: 1, Cols: 1, Data: x}, kernels.Array[float32]{})
	if want := float32(math.Exp(float64(x[0]))); y[0] != want {
		t.Errorf("exp of float32 %v is %v, want %v, rounded once", x[0], y[0], want)
	}
}

package kerneltest

import (
	"fmt"
	"math"
	"testing"

	"numcomp/kernels"
)

// ULPs is the distance of got from want in units in the last place of
// magnitude: the spacing of T's numbers just above |magnitude|. For a sum, the
// right magnitude is the sum of its terms' magnitudes (see [Magnitudes]): the
// rounding errors of a sum are in proportion to it, however much cancels.
//
// NaN equals NaN, whatever its payload, and an infinity equals itself; any other
// difference that involves one of them is infinitely far. 0 and -0 are
// told apart: half a unit.
func ULPs[T kernels.Float](got, want, magnitude T) float64 {
	g, w := float64(got), float64(want)
	switch {
	case math.IsNaN(g) && math.IsNaN(w):
		return 0
	case g == w && math.Signbit(g) != math.Signbit(w):
		return 0.5
	case g == w:
		return 0
	}
	d := math.Abs(g-w) / spacing(magnitude)
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}

// spacing is the distance from |x| to the next larger number of T.
func spacing[T kernels.Float](x T) float64 {
	switch x := any(x).(type) {
	case float32:
		if x = float32(math.Abs(float64(x))); x == math.MaxFloat32 {
			x = math.Nextafter32(x, 0)
		}
		return float64(math.Nextafter32(x, float32(math.Inf(1)))) - float64(x)
	case float64:
		if x = math.Abs(x); x == math.MaxFloat64 {
			x = math.Nextafter(x, 0)
		}
		return math.Nextafter(x, math.Inf(1)) - x
	}
	panic("kerneltest: neither float32 nor float64")
}

// Magnitudes is, for every element of a result, the sum of the magnitudes that
// were added up for it: the reference kernel applied to |array|, |params| and
// |fill value|. For a kernel without parameters, which adds up nothing, it is
// the magnitude of the reference's result.
func Magnitudes[T kernels.Float](name string, o kernels.Options, array, params kernels.Array[T]) (kernels.Array[T], error) {
	e, _ := kernels.Lookup(name)
	if e.Params {
		array, params = magnitudes(array), magnitudes(params)
		o.FillValue = math.Abs(o.FillValue)
	}
	k, err := kernels.New[T](name, 0, o)
	if err != nil {
		return kernels.Array[T]{}, err
	}
	s, err := k.Result(array.Shape(), params.Shape())
	if err != nil {
		return kernels.Array[T]{}, err
	}
	result := newArray[T](s)
	k.Apply(result, array, params)
	return magnitudes(result), nil
}

func magnitudes[T kernels.Float](a kernels.Array[T]) kernels.Array[T] {
	b := newArray[T](a.Shape())
	for i, x := range a.Data {
		b.Data[i] = T(math.Abs(float64(x)))
	}
	return b
}

// Near reports an error, and returns false, if an element of got lies more than
// tolerance ULPs of its magnitude from want's, or if the shapes differ. Only
// the worst element is named.
func Near[T kernels.Float](t testing.TB, got, want, magnitude kernels.Array[T], tolerance float64) bool {
	t.Helper()
	return NearBut(t, got, want, magnitude, tolerance, 0)
}

// NearBut is Near of what is left of the differences after an absolute amount is taken
// off: see [kernels.Deviation].
func NearBut[T kernels.Float](t testing.TB, got, want, magnitude kernels.Array[T], tolerance, absolute float64) bool {
	t.Helper()
	if got.Shape() != want.Shape() {
		t.Errorf("the result is %v, want %v", got.Shape(), want.Shape())
		return false
	}
	worst, at := 0.0, 0
	for i := range want.Data {
		d := ULPs(got.Data[i], want.Data[i], magnitude.Data[i])
		if d > tolerance && math.Abs(float64(got.Data[i])-float64(want.Data[i])) <= absolute {
			continue
		}
		if absolute > 0 && !math.IsInf(d, 0) {
			d -= absolute / spacing(magnitude.Data[i])
		}
		if d > worst {
			worst, at = d, i
		}
	}
	if worst > tolerance {
		t.Errorf("element %s is %v, want %v: %.3g ULPs of %v and %.3g apart, %v allowed",
			index(at, want.Shape()), got.Data[at], want.Data[at], worst, magnitude.Data[at], absolute, tolerance)
		return false
	}
	return true
}

func index(i int, s kernels.Shape) string {
	return fmt.Sprintf("(%d, %d) of %v", i/s.Cols, i%s.Cols, s)
}

func newArray[T kernels.Float](s kernels.Shape) kernels.Array[T] {
	if s.Rows < 1 || s.Cols < 1 {
		return kernels.Array[T]{}
	}
	return kernels.Array[T]{Rows: s.Rows, Cols: s.Cols, Data: make([]T, s.Rows*s.Cols)}
}

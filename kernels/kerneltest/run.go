package kerneltest

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"numcomp/kernels"
)

// Run holds a variant of a kernel to the kernel's reference, for both element
// types: values within the variant's tolerance, NaNs and infinities where the
// reference has them, shapes and errors of Result, inputs unchanged, nothing
// read or written outside of the arrays, bits that do not depend on alignment or
// on other goroutines, and a panic for shapes that are not Result's.
func Run(t *testing.T, name string, variant int) {
	t.Run("float64", func(t *testing.T) { run[float64](t, name, variant) })
	t.Run("float32", func(t *testing.T) { run[float32](t, name, variant) })
}

func run[T kernels.Float](t *testing.T, name string, variant int) {
	e, ok := kernels.Lookup(name)
	if !ok {
		t.Fatalf("there is no kernel %q", name)
	}
	s := &subject[T]{name, variant, e}
	t.Run("Values", s.values)
	t.Run("Fences", s.fences)
	t.Run("Result", s.result)
	t.Run("Concurrent", s.concurrent)
	t.Run("Misuse", s.misuse)
}

type subject[T kernels.Float] struct {
	name    string
	variant int
	entry   kernels.Entry
}

func (s *subject[T]) kernel(t testing.TB, variant int, o kernels.Options) kernels.Kernel[T] {
	t.Helper()
	k, err := kernels.New[T](s.name, variant, o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// values compares every case; of the reference, which equals itself, some, for
// what else Compare looks at.
func (s *subject[T]) values(t *testing.T) {
	n, failed := 0, 0
	for c := range Cases(s.entry) {
		if n++; s.variant == 0 && n%5 != 0 || skipped(n) {
			continue
		}
		ok := Compare[T](t, s.name, s.variant, c)
		if !ok {
			if failed++; failed == 10 {
				t.Fatal("and so on: 10 cases failed")
			}
		}
	}
	if n == 0 {
		t.Fatal("there are no cases")
	}
}

// skipped tells whether case n is left out in short, as emulated machines run: all
// but one of 11, which divides none of the turns in which options come.
func skipped(n int) bool { return testing.Short() && n%11 != 0 }

// Compare applies a variant and the reference to one case and reports what is
// wrong, if anything. A case that has no result by the reference must have none
// by the variant.
func Compare[T kernels.Float](t testing.TB, name string, variant int, c Case) bool {
	array, params := Inputs[T](c)
	return CompareInputs(t, name, variant, c, array, params)
}

// CompareInputs is Compare with inputs of the caller's.
func CompareInputs[T kernels.Float](t testing.TB, name string, variant int, c Case, array, params kernels.Array[T]) bool {
	t.Helper()
	r := &recorder{TB: t, prefix: func() string { return fmt.Sprintf("%s variant %d, %T: %v: ", name, variant, T(0), c) }}
	s := &subject[T]{name: name, variant: variant}
	s.entry, _ = kernels.Lookup(name)
	reference, k := s.kernel(t, 0, c.Options), s.kernel(t, variant, c.Options)

	shape, wantErr := reference.Result(array.Shape(), params.Shape())
	got, err := k.Result(array.Shape(), params.Shape())
	if fmt.Sprint(err) != fmt.Sprint(wantErr) || got != shape {
		r.Errorf("Result is %v, %v; the reference's is %v, %v", got, err, shape, wantErr)
	}
	if err != nil || wantErr != nil || r.failed {
		return !r.failed
	}
	want := newArray[T](shape)
	reference.Apply(want, array, params)
	var first *guarded[T]
	for _, shift := range []int{0, 3} {
		a, p, dst := guard(array, shift), guard(params, 3-shift), poisoned[T](shape, 2*shift)
		k.Apply(dst.Array, a.Array, p.Array)
		a.unchanged(r, "array")
		p.unchanged(r, "params")
		dst.written(r, "dst")
		if first == nil {
			first = dst
			s.near(r, c.Options, dst.Array, want, array, params)
			continue
		}
		for i, x := range dst.Data {
			if bits(x) != bits(first.Data[i]) {
				r.Errorf("element %s is %v, and %v when the arrays lie elsewhere", index(i, shape), x, first.Data[i])
				break
			}
		}
	}
	return !r.failed
}

// near is Near with the magnitudes of these inputs, which cost as much as the
// reference and are computed only when they matter.
func (s *subject[T]) near(t testing.TB, o kernels.Options, got, want, array, params kernels.Array[T]) {
	t.Helper()
	if slices.EqualFunc(got.Data, want.Data, same[T]) {
		return
	}
	magnitude, err := Magnitudes(s.name, o, array, params)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	ulps, absolute, err := kernels.Deviation(s.name, s.variant, o, array, params)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	NearBut(t, got, want, magnitude, ulps, absolute)
}

// same tells whether a and b are the same number, or both NaN.
func same[T kernels.Float](a, b T) bool { return bits(a) == bits(b) || a != a && b != b }

// result compares shapes and errors where there is nothing to compute.
func (s *subject[T]) result(t *testing.T) {
	const most = math.MaxInt
	all := shapes(
		0, 0, 0, 3, 3, 0, -1, 3, 3, -1, 1, 1, 3, 5, 5, 3, 1000, 1000,
		most, 1, 1, most, most/8, 1, 1, most/8, most, most, 1<<20, 1<<20,
	)
	for _, o := range options() {
		reference, k := s.kernel(t, 0, o), s.kernel(t, s.variant, o)
		for _, a := range all {
			for _, p := range all {
				want, wantErr := reference.Result(a, p)
				got, err := k.Result(a, p)
				if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
					t.Errorf("%v with %v: Result is %v, %v; the reference's is %v, %v", a, p, got, err, want, wantErr)
				}
				if empty := a.Rows < 1 || a.Cols < 1 || s.entry.Params && (p.Rows < 1 || p.Cols < 1); empty && err == nil {
					t.Errorf("%v with %v: no error, and a dimension is below 1", a, p)
				}
				if _, impossible := kernels.Size[T](got); err == nil && impossible != nil {
					t.Errorf("%v with %v: a result of %v: %v", a, p, got, impossible)
				}
			}
		}
	}
}

// concurrent lets goroutines share one kernel, each with its own shapes.
func (s *subject[T]) concurrent(t *testing.T) {
	o := kernels.Options{Boundary: kernels.BoundarySymm, Stride: 2}
	k, reference := s.kernel(t, s.variant, o), s.kernel(t, 0, o)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 8 {
				a := arrays[(5*g+7*i)%15]
				array, params := Inputs[T](Case{Array: a, Params: filters[(g+i)%len(filters)]})
				shape, err := reference.Result(array.Shape(), params.Shape())
				if err != nil {
					t.Error(err)
					return
				}
				got, want := newArray[T](shape), newArray[T](shape)
				reference.Apply(want, array, params)
				for range 20 {
					k.Apply(got, array, params)
				}
				s.near(t, o, got, want, array, params)
			}
		})
	}
	wg.Wait()
}

// misuse gives Apply arrays that are not what their shapes say.
func (s *subject[T]) misuse(t *testing.T) {
	o := kernels.Options{Stride: 1}
	k := s.kernel(t, s.variant, o)
	array, params := Inputs[T](Case{Array: kernels.Shape{Rows: 4, Cols: 5}, Params: kernels.Shape{Rows: 2, Cols: 3}})
	shape, err := k.Result(array.Shape(), params.Shape())
	if err != nil {
		t.Fatal(err)
	}
	dst := newArray[T](shape)
	transposed := kernels.Array[T]{Rows: dst.Cols, Cols: dst.Rows, Data: dst.Data}
	short := func(a kernels.Array[T]) kernels.Array[T] {
		a.Data = a.Data[:len(a.Data)-1]
		return a
	}
	panics(t, "dst transposed", func() { k.Apply(transposed, array, params) })
	panics(t, "dst short", func() { k.Apply(short(dst), array, params) })
	panics(t, "array short", func() { k.Apply(dst, short(array), params) })
	if s.entry.Params {
		panics(t, "params short", func() { k.Apply(dst, array, short(params)) })
	}
}

func panics(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: Apply did not panic", what)
		}
	}()
	f()
}

// recorder puts the case in front of messages and remembers that there was one.
type recorder struct {
	testing.TB
	prefix func() string // made when there is something to tell: cases are many
	failed bool
}

func (r *recorder) Errorf(format string, args ...any) {
	r.TB.Helper()
	r.failed = true
	r.TB.Errorf("%s"+format, append([]any{r.prefix()}, args...)...)
}

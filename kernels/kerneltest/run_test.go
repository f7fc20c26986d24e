package kerneltest

import (
	"fmt"
	"runtime/debug"
	"testing"
	"unsafe"

	"numcomp/kernels"
)

// messages collects errors instead of reporting them.
type messages struct {
	testing.TB
	got []string
}

func (m *messages) Helper() {}
func (m *messages) Errorf(format string, args ...any) {
	m.got = append(m.got, fmt.Sprintf(format, args...))
}

// TestGuards lets an array be misused in every way that the guards are there to
// find.
func TestGuards(t *testing.T) {
	a := newArray[float64](kernels.Shape{Rows: 2, Cols: 3})
	for i := range a.Data {
		a.Data[i] = float64(i)
	}
	for _, c := range []struct {
		name   string
		misuse func(g *guarded[float64])
		found  bool
	}{
		{"nothing", func(g *guarded[float64]) {}, false},
		{"written before", func(g *guarded[float64]) { g.buf[g.offset-1] = 0 }, true},
		{"written after", func(g *guarded[float64]) { g.Data[:7][6] = 0 }, true},
		{"input changed", func(g *guarded[float64]) { g.Data[5] = 0 }, true},
	} {
		g, m := guard(a, 1), &messages{}
		c.misuse(g)
		g.unchanged(m, "array")
		if found := len(m.got) > 0; found != c.found {
			t.Errorf("%s: found: %v, want %v: %q", c.name, found, c.found, m.got)
		}
	}
	dst, m := poisoned[float32](a.Shape(), 0), &messages{}
	for i := range 5 {
		dst.Data[i] = 1
	}
	dst.written(m, "dst")
	if len(m.got) != 1 {
		t.Errorf("an element that was not written: %q", m.got)
	}
}

// TestFence touches the bytes next to a fence's.
func TestFence(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	f, err := newFence(1)
	if err != nil {
		t.Fatal(err)
	}
	defer f.release()
	a := newArray[float64](kernels.Shape{Rows: 1, Cols: 2})
	for _, last := range []bool{false, true} {
		p := unsafe.Pointer(&fenced(f, a, last).Data[0])
		before, after := (*byte)(unsafe.Add(p, -1)), (*float64)(unsafe.Add(p, 16))
		if fault := faults(func() { *before = 1 }); (fault == nil) != last {
			t.Errorf("at the end: %v: before the array: %v", last, fault)
		}
		if fault := faults(func() { *after = 1 }); (fault != nil) != last {
			t.Errorf("at the end: %v: after the array: %v", last, fault)
		}
	}
}

// TestCasesCover counts what the turns in Cases might leave out.
func TestCasesCover(t *testing.T) {
	type seen struct {
		mode     kernels.Mode
		boundary kernels.Boundary
		stride   int
		all      bool
		special  bool
	}
	e, _ := kernels.Lookup("conv2d")
	small, large := map[seen]int{}, map[seen]int{}
	for c := range Cases(e) {
		o := c.Options
		s := seen{o.Mode, o.Boundary, o.Stride, o.ComputeAll, c.Special}
		if terms(c.Array, c.Params) > manyTerms {
			s.special = false
			large[s]++
		} else {
			small[s]++
		}
	}
	if want := 3 * 3 * len(strides) * 2; len(small) != 2*want || len(large) != want {
		t.Errorf("%d combinations with few terms, want %d, and %d with many, want %d", len(small), 2*want, len(large), want)
	}
}

package kerneltest

import (
	"math"
	"testing"

	"numcomp/kernels"
)

// guardLen is the number of poisoned elements on either side of an array: more
// than the widest vector that a variant may load.
const guardLen = 32

// poison is a NaN that no arithmetic makes: what is computed from it is NaN too
// and keeps its payload on the common processors.
func poison[T kernels.Float]() T {
	switch any(T(0)).(type) {
	case float32:
		return any(math.Float32frombits(0x7fc0beef)).(T)
	default:
		return any(math.Float64frombits(0x7ff8_0000_dead_beef)).(T)
	}
}

// bits is x's representation.
func bits[T kernels.Float](x T) uint64 {
	switch x := any(x).(type) {
	case float32:
		return uint64(math.Float32bits(x))
	case float64:
		return math.Float64bits(x)
	}
	panic("kerneltest: neither float32 nor float64")
}

// guarded is an array between two guards.
type guarded[T kernels.Float] struct {
	kernels.Array[T]
	buf    []T
	offset int
	before []T // a copy of the data
}

// guard copies a between guards; shift moves it, to vary its alignment.
func guard[T kernels.Float](a kernels.Array[T], shift int) *guarded[T] {
	n := len(a.Data)
	g := &guarded[T]{Array: a, offset: guardLen + shift, before: a.Data}
	g.buf = make([]T, n+2*guardLen+shift)
	fill(g.buf[:g.offset], poison[T]())
	fill(g.buf[g.offset+n:], poison[T]())
	// The capacity reaches into the guard: a slice beyond the data is to be
	// found by what it holds, not hidden by a panic that depends on how it was
	// sliced.
	g.Data = g.buf[g.offset : g.offset+n]
	copy(g.Data, a.Data)
	return g
}

// poisoned is an array of that shape that holds poison only.
func poisoned[T kernels.Float](s kernels.Shape, shift int) *guarded[T] {
	a := newArray[T](s)
	fill(a.Data, poison[T]())
	return guard(a, shift)
}

func fill[T kernels.Float](p []T, x T) {
	for i := range p {
		p[i] = x
	}
}

// intact reports guards that were written.
func (g *guarded[T]) intact(t testing.TB, what string) {
	t.Helper()
	end, whole := g.offset+len(g.Data), bits(poison[T]())
	for _, part := range [][2]int{{0, g.offset}, {end, len(g.buf)}} {
		for i := part[0]; i < part[1]; i++ {
			if bits(g.buf[i]) != whole {
				t.Errorf("%s was written at %d, outside of its %d elements", what, i-g.offset, len(g.Data))
				return
			}
		}
	}
}

// unchanged reports elements that were written.
func (g *guarded[T]) unchanged(t testing.TB, what string) {
	t.Helper()
	g.intact(t, what)
	for i, x := range g.Data {
		if bits(x) != bits(g.before[i]) {
			t.Errorf("%s was changed at %s, and is only to be read", what, index(i, g.Shape()))
			return
		}
	}
}

// written reports elements that still are, or were computed from, poison.
func (g *guarded[T]) written(t testing.TB, what string) {
	t.Helper()
	g.intact(t, what)
	unwritten := bits(poison[T]())
	for i, x := range g.Data {
		if bits(x) == unwritten {
			t.Errorf("%s was not written at %s, or was computed from what lies outside of the arrays", what, index(i, g.Shape()))
			return
		}
	}
}

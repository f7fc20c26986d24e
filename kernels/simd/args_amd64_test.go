package simd

import (
	"testing"
	"unsafe"
)

// TestArgs is the order that the generator's list of fields supposes.
func TestArgs(t *testing.T) {
	var a args
	for i, offset := range []uintptr{
		unsafe.Offsetof(a.dst), unsafe.Offsetof(a.dst) + 8, unsafe.Offsetof(a.from), unsafe.Offsetof(a.from) + 8,
		unsafe.Offsetof(a.n), unsafe.Offsetof(a.rows), unsafe.Offsetof(a.first), unsafe.Offsetof(a.step),
		unsafe.Offsetof(a.filter), unsafe.Offsetof(a.frows), unsafe.Offsetof(a.fcols), unsafe.Offsetof(a.fstride),
		unsafe.Offsetof(a.pairs), unsafe.Offsetof(a.down), unsafe.Offsetof(a.below),
	} {
		if offset != 8*uintptr(i) {
			t.Errorf("field %d is at %d", i, offset)
		}
	}
	if unsafe.Sizeof(a) != 15*8 {
		t.Errorf("args takes %d bytes", unsafe.Sizeof(a))
	}
}

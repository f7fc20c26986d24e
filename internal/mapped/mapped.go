package mapped

import (
	"fmt"
	"math"
	"unsafe"
)

// Plain is an element type without pointers: the garbage collector does not see
// what is stored in mapped memory.
type Plain interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// hugeBytes is the size in bytes from which on huge pages are asked for: below,
// rounding up to them would cost more memory than the page table saves time.
const hugeBytes = 8 << 20

// Alloc maps memory for n elements, all zero and aligned to a page, so to a
// cache line too. The caller owns the memory and gives it back with free, after
// which the slice must not be touched; calling free again does nothing. Pages
// take up memory only once they are written or read.
//
// A negative n, one whose bytes do not fit an int, and a system that has not that
// much to give are errors. For n = 0 the slice is empty.
func Alloc[T Plain](n int) (p []T, free func(), err error) {
	size := int(unsafe.Sizeof(*new(T)))
	switch {
	case n < 0:
		return nil, nil, fmt.Errorf("mapped: cannot allocate %d elements", n)
	case n > math.MaxInt/size:
		return nil, nil, fmt.Errorf("mapped: %d elements of %d bytes are more bytes than this machine can address", n, size)
	case n == 0:
		return []T{}, func() {}, nil
	}
	b, free, err := allocate(n * size)
	if err != nil {
		return nil, nil, fmt.Errorf("mapped: cannot allocate %d bytes: %w", n*size, err)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n), free, nil
}

// fromHeap is allocate where memory cannot or should not be mapped.
func fromHeap(nbytes int) ([]byte, func(), error) {
	const line = 64
	// make panics on a size beyond the address space; this is far below it, and
	// far above what any heap has.
	if nbytes > math.MaxInt>>16 && nbytes > 1<<30 {
		return nil, nil, fmt.Errorf("the heap has no room for %d bytes", nbytes)
	}
	b := make([]byte, nbytes+line)
	skip := int(-uintptr(unsafe.Pointer(&b[0])) % line)
	return b[skip : skip+nbytes : skip+nbytes], func() {}, nil
}

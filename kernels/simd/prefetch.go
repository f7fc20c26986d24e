package simd

import "unsafe"

// Prefetch asks memory for part, and does not wait for it.
func Prefetch[T Float](part []T) {
	if len(part) > 0 {
		prefetch((*byte)(unsafe.Pointer(&part[0])), len(part)*size[T]())
	}
}

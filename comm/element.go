package comm

import "unsafe"

// Element is what messages are made of: numbers of a fixed size.
type Element interface {
	Integer | Float | ~complex64 | ~complex128
}

// Integer are the fixed-size integers.
type Integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Float are the floating-point numbers.
type Float interface{ ~float32 | ~float64 }

// Ordered are the elements that Min and Max compare.
type Ordered interface{ Integer | Float }

// sizeOf is the size of an element in bytes.
func sizeOf[T Element]() int {
	var zero T
	return int(unsafe.Sizeof(zero))
}

// bytesOf returns the memory of p as bytes, without a copy.
//
// The cast is sound because an Element has no pointers and no padding, any byte
// pattern is a value of it, and the view keeps p's memory alive. The order of
// the bytes is the host's; ranks whose orders differ never form a world (the
// tcp transport's hello compares them).
func bytesOf[T Element](p []T) []byte {
	if len(p) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p))), len(p)*sizeOf[T]())
}

// elementsOf is the inverse of bytesOf. The address of p must be one that
// bytesOf gave or that newScratch made, plus whole elements: aligned for T.
func elementsOf[T Element](p []byte) []T {
	if len(p) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(p))), len(p)/sizeOf[T]())
}

// overlap reports whether a and b share memory.
func overlap(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	a0, b0 := uintptr(unsafe.Pointer(unsafe.SliceData(a))), uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return a0 < b0+uintptr(len(b)) && b0 < a0+uintptr(len(a))
}

// alias reports whether a and b are the same memory.
func alias(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || unsafe.SliceData(a) == unsafe.SliceData(b))
}

// copyUnlessAlias copies src to dst, of the same length, when they are not the
// same memory.
func copyUnlessAlias(dst, src []byte) {
	if !alias(dst, src) {
		copy(dst, src)
	}
}

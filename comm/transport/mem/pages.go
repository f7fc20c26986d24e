package mem

import (
	"os"
	"unsafe"
)

// pages returns n zeroed bytes of the heap that start at a page's boundary.
func pages(n int) []byte {
	page := os.Getpagesize()
	p := make([]byte, n+page)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(p))) & uintptr(page-1))
	return p[skip : skip+n : skip+n]
}

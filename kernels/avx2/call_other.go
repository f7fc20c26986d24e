//go:build !amd64

package avx2

// run is never called: Available is false.
func (c *call[T]) run() { panic("avx2: called on a processor that has none") }

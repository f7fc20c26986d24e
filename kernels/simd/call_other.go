//go:build !amd64

package simd

// What follows is never called: Available is false.

const badProcessor = "simd: called on a processor without these instructions"

func (c *call[T]) run()              { panic(badProcessor) }
func prefetch(p *byte, n int)        { panic(badProcessor) }
func read(p *float64, n int) float64 { panic(badProcessor) }
func exp[T Float](s Set, dst, src *T, n int, table *ExpTable) {
	panic(badProcessor)
}
func forward4(panel *float64, n, block int, twiddle *float64) {
	panic(badProcessor)
}
func inverse4(panel *float64, n, block int, twiddle *float64) {
	panic(badProcessor)
}
func forward2(panel *float64, n int)                     { panic(badProcessor) }
func multiply(panel, by *float64, n int)                 { panic(badProcessor) }
func readColumns(part, columns *float64, n, stride int)  { panic(badProcessor) }
func writeColumns(part, columns *float64, n, stride int) { panic(badProcessor) }

//go:build !amd64

package avx2

// What follows is never called: Available is false.

const badProcessor = "avx2: called on a processor that has none"

func (c *call[T]) run()                                { panic(badProcessor) }
func exp[T Float](dst, src *T, n int, table *ExpTable) { panic(badProcessor) }
func read(p *float64, n int) float64                   { panic(badProcessor) }

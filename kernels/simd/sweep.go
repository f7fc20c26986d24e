package simd

const (
	badShape = "simd: a sweep takes filters of 4x4, and a step that Pairs names"
	badSweep = "simd: the pairs do not fit the rows, or the outputs"
)

// Sweep computes pairs of rows of n outputs, each as [Conv2D] computes two: the first of
// out and rows, every other down elements further in rows and below elements in out,
// whose slices reach that far. It is for what [Pairs] says of a step above 1, and panics
// else, or unless the slices hold all of it.
func Sweep[T Float](s Set, out [2][]T, n, below int, rows [][]T, first, step, down int, filter []T, pairs int) {
	if len(filter) != 16 || step < 2 || !Pairs(step, 4, 4) || len(rows) != 4+step {
		panic(badShape)
	}
	room := spare(rows, n, first, step, 4)
	if n < Lanes[T](s) || room < 0 || down < 0 || below < n || pairs < 1 || down > 0 && pairs-1 > room/down {
		panic(badSweep)
	}
	for _, line := range out {
		if room := len(line) - n; room < 0 || pairs-1 > room/below {
			panic(badSweep)
		}
	}
	c := call[T]{
		set: s, rows: rows, step: step, filter: filter, frows: 4, fcols: 4, fstride: 4, lines: 2, down: down, below: below,
	}
	most := callTerms / (2 * n * 4 * (4 + outputLine(step, size[T]())))
	for p := 0; p < pairs; p += c.pairs {
		c.first, c.pairs = first+p*down, min(max(most, 1), pairs-p)
		for r := range c.out {
			c.out[r] = out[r][p*below:][:n]
		}
		if most == 0 {
			Conv2D(s, c.out[:], rows, c.first, step, filter, 4)
		} else {
			c.run()
		}
	}
}

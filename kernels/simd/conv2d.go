package simd

const (
	badOutputs = "simd: there must be one or two rows of outputs of the same length, at least a vector"
	badRows    = "simd: there must be a row of elements for every filter row, and as many as a step more for two rows of outputs"
	badRow     = "simd: a row is too short for its outputs"
	badFilter  = "simd: the filter's data do not fit its shape"
)

// Pairs tells whether two rows of outputs, a step apart, are quicker by one call of
// [Conv2D] than by two. Far apart they have many rows between them that neither needs.
func Pairs(step, frows, fcols int) bool {
	return step == 1 || frows == 4 && fcols == 4 && step <= 8
}

// Conv2D computes one row of outputs, or two that are a step apart. Output i of
// row r of out is the sum, over filter rows j ascending and columns k ascending
// within, of
//
//	filter[j*fcols+k] * rows[(len(out)-1-r)*step+j][first+i*step+fcols-1-k]
//
// every product rounded before it is added. It panics unless the slices hold all
// of it and a row of outputs holds at least [Lanes] elements.
func Conv2D[T Float](s Set, out, rows [][]T, first, step int, filter []T, fcols int) {
	if len(out) < 1 || len(out) > 2 || len(out) == 2 && len(out[0]) != len(out[1]) || len(out[0]) < Lanes[T](s) {
		panic(badOutputs)
	}
	if fcols < 1 || len(filter) == 0 || len(filter)%fcols != 0 {
		panic(badFilter)
	}
	n, frows := len(out[0]), len(filter)/fcols
	if between := (len(out) - 1) * step; step < 1 || len(rows) != frows+between {
		panic(badRows)
	}
	if spare(rows, n, first, step, fcols) < 0 {
		panic(badRow)
	}
	c := call[T]{set: s, rows: rows, first: first, step: step, filter: filter, frows: frows, fcols: fcols, fstride: fcols, lines: len(out), pairs: 1}
	copy(c.out[:], out)
	if p := newPlan(n, len(out), step, frows, fcols, size[T]()); p.outputs < n || p.rows < frows || p.cols < fcols {
		c.cut(p)
		return
	}
	c.run()
}

// spare is how much longer the shortest row is than what n outputs read of it; below 0
// where they read what is not there.
func spare[T Float](rows [][]T, n, first, step, fcols int) int {
	shortest := len(rows[0])
	for _, row := range rows {
		shortest = min(shortest, len(row))
	}
	// By division: a product might not fit an int.
	room := shortest - first - fcols
	if first < 0 || room < 0 || n-1 > room/step {
		return -1
	}
	return room - (n-1)*step
}

// call is one call of an assembly function. Of out, from and rows, what belongs
// to the second row of outputs is used if there are two lines.
type call[T Float] struct {
	set                   Set
	out, from             [2][]T // from: partial sums to go on with; nil: zeros
	lines                 int
	rows                  [][]T
	first, step           int
	filter                []T
	frows, fcols, fstride int
	pairs, down, below    int // of two lines, when not cut: see Sweep
}

// cut makes several calls.
func (c call[T]) cut(p plan) {
	n := len(c.out[0])
	for i := 0; i < n; i += p.outputs {
		// The last call is made long enough by outputs that are computed twice.
		to := min(i+p.outputs, n)
		from := max(0, min(i, to-Lanes[T](c.set)))
		part := c
		part.first += from * c.step
		for r := range c.lines {
			part.out[r] = c.out[r][from:to]
		}
		part.pieces(p)
	}
}

// pieces adds up piece after piece of the filter. Two buffers take turns: a call
// may compute an output twice, and so must not write where it reads.
func (c call[T]) pieces(p plan) {
	if p.rows == c.frows && p.cols == c.fcols {
		c.run()
		return
	}
	var buffers [2][2][leastOutputs]T
	turn := 0
	for j := 0; j < c.frows; j += p.rows {
		for k := 0; k < c.fcols; k += p.cols {
			part := c
			part.frows, part.fcols = min(p.rows, c.frows-j), min(p.cols, c.fcols-k)
			part.rows = c.rows[j : j+part.frows+(c.lines-1)*c.step]
			part.first += c.fcols - k - part.fcols
			part.filter = c.filter[j*c.fstride+k:]
			last := j+part.frows == c.frows && k+part.fcols == c.fcols
			for r := range c.lines {
				if !last {
					part.out[r] = buffers[turn][r][:len(c.out[r])]
				}
				if j > 0 || k > 0 {
					part.from[r] = buffers[1-turn][r][:]
				}
			}
			part.run()
			turn = 1 - turn
		}
	}
}

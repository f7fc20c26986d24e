package kernels

// edge computes the outputs of an edge that is not wide, of row m of outputs, which reads
// rows.
func (a *application[T]) edge(out []T, m int, rows [][]T, e *edge) {
	if a.inert {
		a.inside(out, len(out), 0, m, 1, e.start)
		return
	}
	taps := a.filter.Cols
	for i := range out {
		from := e.cols[i*a.step:][:taps]
		var sum T
		for j, row := range rows {
			for k, w := range a.filter.Data[j*taps:][:taps] {
				x := a.fill
				if col := from[taps-1-k]; col != outside {
					x = row[col]
				}
				sum += T(w * x)
			}
		}
		out[i] = sum
	}
}

// inside computes n rows of an edge's outputs, a step apart from row m on, for what lies
// outside of the image being inert: it adds up the terms of the elements inside. The rows
// are below apart in out; the first output of each reads columns from start on.
func (a *application[T]) inside(out []T, outputs, below, m, n, start int) {
	taps, cols := a.filter.Cols, a.image.Cols
	for i := range outputs {
		first := start + i*a.step
		from, to := max(first, 0), min(first+taps, cols)
		for r := range n {
			row := m + r*a.step + a.rows.shift // what the filter's first row takes
			var sum T
			if from < to {
				for j := max(row-a.image.Rows+1, 0); j < min(a.filter.Rows, row+1); j++ {
					x := a.image.Data[(row-j)*cols:][from:to]
					// The filter's last coefficients take the first columns.
					for k, w := range a.filter.Data[j*taps+first+taps-to:][:len(x)] {
						sum += T(w * x[len(x)-1-k])
					}
				}
			}
			out[r*below+i] = sum
		}
	}
}

// finite tells whether no element is infinite or NaN. Then products with zero are zeros,
// of either sign; and a sum that began with +0 is never -0, so these leave its bits as they are.
func finite[T Float](p []T) bool {
	for _, x := range p {
		if x-x != 0 {
			return false
		}
	}
	return true
}

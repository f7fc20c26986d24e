package kernels

// edge computes the outputs of an edge that is not wide.
func (a *application[T]) edge(out []T, rows [][]T, e *edge) {
	if a.inert {
		a.inside(out, rows, e.start)
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

// inside is edge for what lies outside of the image being inert: it adds up the
// terms of the columns inside. The first output reads columns from start on.
func (a *application[T]) inside(out []T, rows [][]T, start int) {
	taps := a.filter.Cols
	for i := range out {
		first := start + i*a.step
		from, to := max(first, 0), min(first+taps, a.image.Cols)
		var sum T
		if from < to {
			for j, row := range rows {
				x := row[from:to]
				// The filter's last coefficients take the first columns.
				for k, w := range a.filter.Data[j*taps+first+taps-to:][:len(x)] {
					sum += T(w * x[len(x)-1-k])
				}
			}
		}
		out[i] = sum
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

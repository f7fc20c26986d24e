package simd

// callTerms is how much a call of an assembly function may cost: products that
// are added up, at 1 to 6 a nanosecond by the shape of the filter. It keeps a
// call well below a millisecond also where memory is slow.
const callTerms = 1 << 20

// lineTerms is what a cache line that comes from memory costs, in terms.
const lineTerms = 32

// leastOutputs is how many outputs a call computes at least, however large the filter:
// partial sums of so many are kept between calls.
const leastOutputs = 64

// plan is how a row of sums is cut into calls: outputs a call, and of the filter
// rows and columns a call. Fewer columns than the filter has go with one row a call.
type plan struct{ outputs, rows, cols int }

// newPlan cuts one or two lines of n outputs, step apart, with a filter of rows x
// cols, for elements of some bytes.
func newPlan(n, lines, step, rows, cols, size int) plan {
	p := plan{n, rows, cols}
	line := outputLine(step, size)
	if max(n, rows, cols) < 1<<20 && n*lines*rows*(cols+line) <= callTerms {
		return p
	}
	p.outputs = min(n, leastOutputs)
	perOutput := callTerms / lines / p.outputs
	switch fit := perOutput / (cols + line); {
	case fit == 0:
		p.rows, p.cols = 1, perOutput-line
	case fit < rows:
		p.rows = fit
	default:
		p.outputs = callTerms / lines / (rows * (cols + line))
	}
	return p
}

// outputLine is what an output's share of the cache lines of a row costs, in terms, for
// outputs that lie step elements of some bytes apart.
func outputLine(step, size int) int {
	if step < 64/size {
		return 1 + step*size*lineTerms/64
	}
	return lineTerms
}

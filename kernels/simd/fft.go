package simd

// The inner loops of package fft, whose Loops says what each does; a panel's row is 8
// numbers. All are short: the longest transform of a panel takes some 100 us.

const (
	badPanel   = "simd: a panel must have a multiple of 4 rows, and blocks that divide them"
	badTwiddle = "simd: too few twiddle factors for the block"
	badColumns = "simd: too few numbers for the columns"
)

// panelRow is how many numbers a row of one part of a panel has.
const panelRow = 8

// rowsOf checks and counts the rows of a panel of so many parts.
func rowsOf(panel []float64, parts int) int {
	n := len(panel) / (parts * panelRow)
	if n < 4 || n%4 != 0 || n*parts*panelRow != len(panel) {
		panic(badPanel)
	}
	return n
}

// Forward4 is a pass of radix 4 over blocks of rows.
func Forward4(panel []float64, block int, twiddle []float64) {
	n := checkPass(panel, block, twiddle)
	forward4(&panel[0], n, block, &twiddle[0])
}

// Inverse4 undoes Forward4, times 4.
func Inverse4(panel []float64, block int, twiddle []float64) {
	n := checkPass(panel, block, twiddle)
	inverse4(&panel[0], n, block, &twiddle[0])
}

func checkPass(panel []float64, block int, twiddle []float64) int {
	n := rowsOf(panel, 2)
	if block < 4 || block%4 != 0 || n%block != 0 {
		panic(badPanel)
	}
	if len(twiddle) < 6*(block/4) {
		panic(badTwiddle)
	}
	return n
}

// Forward2 is a pass of radix 2 over pairs of rows.
func Forward2(panel []float64) { forward2(&panel[0], 2*rowsOf(panel, 2)) }

// Multiply multiplies a panel by another one of the same length.
func Multiply(panel, by []float64) {
	n := rowsOf(panel, 2)
	if len(by) != len(panel) {
		panic(badPanel)
	}
	multiply(&panel[0], &by[0], n)
}

// ReadColumns sets row i, column c of a part of a panel to src[c*stride+i].
func ReadColumns(part, src []float64, stride int) {
	readColumns(&part[0], &src[0], checkColumns(part, src, stride), stride)
}

// WriteColumns does the reverse.
func WriteColumns(dst, part []float64, stride int) {
	writeColumns(&part[0], &dst[0], checkColumns(part, dst, stride), stride)
}

func checkColumns(part, columns []float64, stride int) int {
	n := rowsOf(part, 1)
	if stride < 0 || stride > len(columns) || len(columns) < (panelRow-1)*stride+n {
		panic(badColumns)
	}
	return n
}

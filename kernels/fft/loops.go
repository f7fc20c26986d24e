package fft

// Loops are the inner loops. A panel is as the package's description says; its
// length, in rows, is a multiple of 4.
type Loops struct {
	// Forward4 is one pass of decimation in frequency, of radix 4, over blocks of
	// rows: row k, k+q, k+2q and k+3q, q = block/4, of every block become
	//
	//	a+b+c+d, (a-ib-c+id) w1, (a-b+c-d) w2, (a+ib-c-id) w3
	//
	// with w1, w2, w3 the k-th three complex numbers of twiddle.
	Forward4 func(panel []float64, block int, twiddle []float64)
	// Inverse4 undoes Forward4, times 4.
	Inverse4 func(panel []float64, block int, twiddle []float64)
	// Forward2 makes of every two rows their sum and their difference.
	Forward2 func(panel []float64)
	// Multiply multiplies a panel by another one, number by number.
	Multiply func(panel, by []float64)
	// Read sets row i of column c of one part of a panel to src[c*stride+i]; Write does the
	// reverse. A part is all real or all imaginary parts.
	Read  func(part, src []float64, stride int)
	Write func(dst, part []float64, stride int)
}

// Portable is the loops in Go.
func Portable() Loops {
	return Loops{forward4, inverse4, forward2, multiply, read, write}
}

// row is one row of one part of a panel.
type row = *[Columns]float64

// parts are the real and the imaginary parts of a panel.
func parts(panel []float64) (re, im []float64) {
	n := len(panel) / 2
	return panel[:n], panel[n:]
}

func forward4(panel []float64, block int, twiddle []float64) {
	re, im := parts(panel)
	q := block / 4 * Columns
	for from := 0; from < len(re); from += 4 * q {
		for k := 0; k < q/Columns; k++ {
			w := (*[6]float64)(twiddle[6*k:])
			i := from + k*Columns
			ar, br, cr, dr := row(re[i:]), row(re[i+q:]), row(re[i+2*q:]), row(re[i+3*q:])
			ai, bi, ci, di := row(im[i:]), row(im[i+q:]), row(im[i+2*q:]), row(im[i+3*q:])
			for v := range Columns {
				t0r, t0i, t1r, t1i := ar[v]+cr[v], ai[v]+ci[v], ar[v]-cr[v], ai[v]-ci[v]
				t2r, t2i, t3r, t3i := br[v]+dr[v], bi[v]+di[v], br[v]-dr[v], bi[v]-di[v]
				ar[v], ai[v] = t0r+t2r, t0i+t2i
				br[v], bi[v] = times(t1r+t3i, t1i-t3r, w[0], w[1])
				cr[v], ci[v] = times(t0r-t2r, t0i-t2i, w[2], w[3])
				dr[v], di[v] = times(t1r-t3i, t1i+t3r, w[4], w[5])
			}
		}
	}
}

func inverse4(panel []float64, block int, twiddle []float64) {
	re, im := parts(panel)
	q := block / 4 * Columns
	for from := 0; from < len(re); from += 4 * q {
		for k := 0; k < q/Columns; k++ {
			w := (*[6]float64)(twiddle[6*k:])
			i := from + k*Columns
			ar, br, cr, dr := row(re[i:]), row(re[i+q:]), row(re[i+2*q:]), row(re[i+3*q:])
			ai, bi, ci, di := row(im[i:]), row(im[i+q:]), row(im[i+2*q:]), row(im[i+3*q:])
			for v := range Columns {
				b0, b1 := timesConjugate(br[v], bi[v], w[0], w[1])
				c0, c1 := timesConjugate(cr[v], ci[v], w[2], w[3])
				d0, d1 := timesConjugate(dr[v], di[v], w[4], w[5])
				t0r, t0i, t2r, t2i := ar[v]+c0, ai[v]+c1, ar[v]-c0, ai[v]-c1
				t1r, t1i, t3r, t3i := b0+d0, b1+d1, b0-d0, b1-d1
				ar[v], ai[v] = t0r+t1r, t0i+t1i
				br[v], bi[v] = t2r-t3i, t2i+t3r
				cr[v], ci[v] = t0r-t1r, t0i-t1i
				dr[v], di[v] = t2r+t3i, t2i-t3r
			}
		}
	}
}

// times is (a + ib) (c + id).
func times(a, b, c, d float64) (re, im float64) {
	return float64(a*c) - float64(b*d), float64(a*d) + float64(b*c)
}

// timesConjugate is (a + ib) (c - id).
func timesConjugate(a, b, c, d float64) (re, im float64) {
	return float64(a*c) + float64(b*d), float64(b*c) - float64(a*d)
}

func forward2(panel []float64) {
	for i := 0; i < len(panel); i += 2 * Columns {
		a, b := row(panel[i:]), row(panel[i+Columns:])
		for v := range Columns {
			a[v], b[v] = a[v]+b[v], a[v]-b[v]
		}
	}
}

func multiply(panel, by []float64) {
	re, im := parts(panel)
	hr, hi := parts(by[:len(panel)])
	for i := range re {
		re[i], im[i] = times(re[i], im[i], hr[i], hi[i])
	}
}

func read(part, src []float64, stride int) {
	n := len(part) / Columns
	for c := range Columns {
		for i, x := range src[c*stride:][:n] {
			part[i*Columns+c] = x
		}
	}
}

func write(dst, part []float64, stride int) {
	n := len(part) / Columns
	for c := range Columns {
		to := dst[c*stride:][:n]
		for i := range to {
			to[i] = part[i*Columns+c]
		}
	}
}

package simd

import "unsafe"

// args is what the assembly functions take, as the generator's list of fields
// says. Pointers, not numbers: a stack that grows moves what they point to.
type args struct {
	dst, from             [2]unsafe.Pointer // from[0] nil: begin with zeros
	n                     int
	rows                  unsafe.Pointer // the first of the slices' headers
	first, step           int
	filter                unsafe.Pointer
	frows, fcols, fstride int
	pairs, down, below    int // of two rows of outputs: how many pairs, and from one to the next in rows and out
}

// words is how the assembly functions are declared to take args.
type words = [15]uintptr

// run calls the assembly function for the shape; for each row of outputs where none
// computes two.
func (c *call[T]) run() {
	if c.lines == 2 && c.step > 1 && c.known() != 4 {
		for r := range c.lines {
			one := *c
			one.lines = 1
			one.out[0], one.from[0] = c.out[r], c.from[r]
			one.rows = c.rows[(c.lines-1-r)*c.step:]
			one.run()
		}
		return
	}
	a := args{
		n: len(c.out[0]), rows: unsafe.Pointer(&c.rows[0]), first: c.first, step: c.step,
		filter: unsafe.Pointer(&c.filter[0]), frows: c.frows, fcols: c.fcols, fstride: c.fstride,
		pairs: c.pairs, down: c.down, below: c.below,
	}
	for r := range c.lines {
		a.dst[r] = unsafe.Pointer(&c.out[r][0])
		a.from[r] = unsafe.Pointer(unsafe.SliceData(c.from[r]))
	}
	p := (*words)(unsafe.Pointer(&a))
	switch single := size[T]() == 4; {
	case c.set == AVX512 && single:
		run32AVX512(p, c.known(), c.lines, c.step)
	case c.set == AVX512:
		run64AVX512(p, c.known(), c.lines, c.step)
	case single:
		run32(p, c.known(), c.lines, c.step)
	default:
		run64(p, c.known(), c.lines, c.step)
	}
}

// known is the side of a square filter whose rows follow one another, 0 for any
// other.
func (c *call[T]) known() int {
	if c.frows != c.fcols || c.fcols != c.fstride {
		return 0
	}
	return c.fcols
}

func run64(a *words, side, lines, step int) {
	switch {
	case step > 1 && side == 4 && lines == 2:
		strided2By4x4F64(a)
	case step > 1 && side == 4:
		strided1By4x4F64(a)
	case step > 1:
		strided1F64(a)
	case lines == 1:
		switch side {
		case 3:
			dense1By3x3F64(a)
		case 4:
			dense1By4x4F64(a)
		case 5:
			dense1By5x5F64(a)
		default:
			dense1F64(a)
		}
	default:
		switch side {
		case 3:
			dense2By3x3F64(a)
		case 4:
			dense2By4x4F64(a)
		case 5:
			dense2By5x5F64(a)
		default:
			dense2F64(a)
		}
	}
}

func run32(a *words, side, lines, step int) {
	switch {
	case step > 1 && side == 4 && lines == 2:
		strided2By4x4F32(a)
	case step > 1 && side == 4:
		strided1By4x4F32(a)
	case step > 1:
		strided1F32(a)
	case lines == 1:
		switch side {
		case 3:
			dense1By3x3F32(a)
		case 4:
			dense1By4x4F32(a)
		case 5:
			dense1By5x5F32(a)
		default:
			dense1F32(a)
		}
	default:
		switch side {
		case 3:
			dense2By3x3F32(a)
		case 4:
			dense2By4x4F32(a)
		case 5:
			dense2By5x5F32(a)
		default:
			dense2F32(a)
		}
	}
}

func run64AVX512(a *words, side, lines, step int) {
	switch {
	case step > 1 && side == 4 && lines == 2:
		strided2By4x4F64AVX512(a)
	case step > 1 && side == 4:
		strided1By4x4F64AVX512(a)
	case step > 1:
		strided1F64AVX512(a)
	case lines == 1:
		switch side {
		case 3:
			dense1By3x3F64AVX512(a)
		case 4:
			dense1By4x4F64AVX512(a)
		case 5:
			dense1By5x5F64AVX512(a)
		default:
			dense1F64AVX512(a)
		}
	default:
		switch side {
		case 3:
			dense2By3x3F64AVX512(a)
		case 4:
			dense2By4x4F64AVX512(a)
		case 5:
			dense2By5x5F64AVX512(a)
		default:
			dense2F64AVX512(a)
		}
	}
}

func run32AVX512(a *words, side, lines, step int) {
	switch {
	case step > 1 && side == 4 && lines == 2:
		strided2By4x4F32AVX512(a)
	case step > 1 && side == 4:
		strided1By4x4F32AVX512(a)
	case step > 1:
		strided1F32AVX512(a)
	case lines == 1:
		switch side {
		case 3:
			dense1By3x3F32AVX512(a)
		case 4:
			dense1By4x4F32AVX512(a)
		case 5:
			dense1By5x5F32AVX512(a)
		default:
			dense1F32AVX512(a)
		}
	default:
		switch side {
		case 3:
			dense2By3x3F32AVX512(a)
		case 4:
			dense2By4x4F32AVX512(a)
		case 5:
			dense2By5x5F32AVX512(a)
		default:
			dense2F32AVX512(a)
		}
	}
}

// exp calls the assembly function for the type.
func exp[T Float](s Set, dst, src *T, n int, table *ExpTable) {
	d, p := unsafe.Pointer(dst), unsafe.Pointer(src)
	switch single := size[T]() == 4; {
	case s == AVX512 && single:
		expF32AVX512((*float32)(d), (*float32)(p), n, table)
	case s == AVX512:
		expF64AVX512((*float64)(d), (*float64)(p), n, table)
	case single:
		expF32((*float32)(d), (*float32)(p), n, table)
	default:
		expF64((*float64)(d), (*float64)(p), n, table)
	}
}

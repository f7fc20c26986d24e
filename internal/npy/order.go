package npy

// placer puts the elements of a file, which come in blocks in the file's order,
// to their places in C order.
type placer[T Float] struct {
	dst   []T
	dtype dtype
	at    int // C order: the next element's place

	// Fortran order: the first dimension varies fastest in the file.
	fortran bool
	shape   []int
	strides []int // in dst, of every dimension
	index   []int // of the next element
	block   []T
}

func newPlacer[T Float](dst []T, i Info) *placer[T] {
	p := &placer[T]{dst: dst, dtype: i.dtype, fortran: i.Fortran, shape: i.Shape}
	if p.fortran {
		p.index = make([]int, len(p.shape))
		p.strides = make([]int, len(p.shape))
		stride := 1
		for d := len(p.shape) - 1; d >= 0; d-- {
			p.strides[d] = stride
			stride *= p.shape[d]
		}
	}
	return p
}

// next places the elements of one block, which may be changed.
func (p *placer[T]) next(src []byte) {
	n := len(src) / p.dtype.size
	if !p.fortran {
		convert(p.dst[p.at:p.at+n], src, p.dtype)
		p.at += n
		return
	}
	if p.block == nil {
		p.block = make([]T, n) // no later block is longer
	}
	block := p.block[:n]
	convert(block, src, p.dtype)
	for len(block) > 0 {
		// A run along the first dimension.
		run := block[:min(len(block), p.shape[0]-p.index[0])]
		block = block[len(run):]
		to := 0
		for d, i := range p.index {
			to += i * p.strides[d]
		}
		for _, x := range run {
			p.dst[to] = x
			to += p.strides[0]
		}
		p.advance(len(run))
	}
}

// advance moves the index on by n along the first dimension, at most to its end,
// and carries.
func (p *placer[T]) advance(n int) {
	p.index[0] += n
	for d := 0; d < len(p.index)-1 && p.index[d] == p.shape[d]; d++ {
		p.index[d] = 0
		p.index[d+1]++
	}
}

package kernels

import (
	"math/bits"

	"numcomp/kernels/fft"
)

// Overlap-save: the outputs are cut into tiles, the filter, if it is large, into
// pieces. Of a tile with a piece, the image under it is as large as the transform; its cyclic
// convolution has the tile's outputs in its last rows and columns, and what wrapped around in the
// others (Stockham, AFIPS 28, 1966; Oppenheim and Schafer, Discrete-Time Signal Processing, section 8.7).
//
// Two tiles go through one complex transform, as its real and its imaginary part: the filter is
// real, so they do not mix. A transform in two dimensions works on panels of
// eight columns at a time (package fft), which stay in the first-level cache;
// between the dimensions a tile lies transposed. Each panel of spectra is
// multiplied by the filter's and transformed back at once.
//
// float32 is transformed in float64 and rounded once a piece.

// mostTransform is the largest transform along one dimension: tile and filter take
// 8.6 MB of memory then.
const mostTransform = 512

// fftAxis is how one dimension is cut.
type fftAxis struct {
	n      int // length of the transform
	taps   int // of a piece of the filter, at most
	pieces int
	tile   int // outputs of a tile, at most
	tiles  int
}

// cutAxis cuts an axis for transforms of length n into pieces of some taps.
func cutAxis(a axis, n, taps int) fftAxis {
	f := fftAxis{n: n, taps: min(taps, a.taps)}
	f.pieces = (a.taps + f.taps - 1) / f.taps
	f.taps = (a.taps + f.pieces - 1) / f.pieces
	f.tile = n - f.taps + 1
	f.tiles = (a.outputs-1)/f.tile + 1
	return f
}

// fftAxes are the ways to cut an axis that are worth a thought.
func fftAxes(a axis) []fftAxis {
	var all []fftAxis
	for n := fft.Least; n <= mostTransform; n *= 2 {
		for _, taps := range [...]int{n / 4, n / 2, 3 * n / 4} {
			all = append(all, cutAxis(a, n, taps))
			if a.taps <= taps {
				break
			}
		}
		if n >= a.outputs+a.taps-1 {
			break
		}
	}
	return all
}

// tiling is what one convolution by transforms works with.
type tiling[T Float] struct {
	rows, cols   fftAxis
	plans        [16]*fft.Plan // by the logarithm of their length
	panel        []float64
	spectrum     []float64 // of two tiles: real and imaginary parts, columns after rows
	filter       []float64 // the filter's spectrum, panel after panel
	colsOf       [2][]int  // where the columns under the tiles come from
	image        [2][][]T  // the rows under the tiles; nil: fill values
	stride, half int       // of spectrum: from column to column, from real to imaginary parts
}

func (t *tiling[T]) plan(n int, loops fft.Loops) *fft.Plan {
	p := &t.plans[bits.Len(uint(n))]
	if *p == nil {
		*p = fft.NewPlan(n, loops)
	}
	return *p
}

// transform convolves by Fourier transforms. It returns false, with dst in
// disorder, if the elements' magnitudes do not allow it.
//
// Cost: for every two tiles and every piece, two transforms in two dimensions.
// Memory: 16 bytes an element of a tile, twice.
func (c conv2dMethods[T]) transform(dst, image, filter Array[T], rows, cols axis) bool {
	limit, ok := c.transformLimit(filter)
	if !ok {
		return false
	}
	t := c.tilings.Get().(*tiling[T])
	defer c.tilings.Put(t)
	defer func() { clear(t.image[0]); clear(t.image[1]) }()
	t.rows, t.cols, _ = c.costs.fft(rows, cols)
	t.stride = t.rows.n + fft.Columns // not a power of two, which would crowd few sets of the cache
	t.half = t.cols.n * t.stride
	t.spectrum = grow(t.spectrum, 2*t.half)
	t.filter = grow(t.filter, 2*t.rows.n*t.cols.n)
	t.panel = grow(t.panel, 2*fft.Columns*max(t.rows.n, t.cols.n))
	for i := range t.image {
		t.image[i], t.colsOf[i] = grow(t.image[i], t.rows.n), grow(t.colsOf[i], t.cols.n)
	}
	for j := 0; j < filter.Rows; j += t.rows.taps {
		for k := 0; k < filter.Cols; k += t.cols.taps {
			if !c.transformPiece(t, dst, image, filter, rows, cols, j, k, limit) {
				return false
			}
		}
	}
	return true
}

// transformLimit is the largest magnitude of an element of the image with which
// transforms do not overflow; false if the filter or the fill value are too large.
func (c conv2dMethods[T]) transformLimit(filter Array[T]) (limit T, ok bool) {
	most := largest(filter)
	if !(most >= 0) || !within(filter.Data, T(0x1p100)) {
		return 0, false
	}
	limit = T(min(most, 0x1p500))
	return limit, c.boundary != BoundaryFill || within([]T{c.fill}, limit)
}

// transformPiece adds what the filter from (j, k) on contributes to all outputs,
// or sets them to it if it is the first.
func (c conv2dMethods[T]) transformPiece(t *tiling[T], dst, image, filter Array[T], rows, cols axis, j, k int, limit T) bool {
	h := piece[T]{
		Array: filter, j: j, k: k, rows: min(t.rows.taps, filter.Rows-j), cols: min(t.cols.taps, filter.Cols-k),
	}
	c.transformFilter(t, h)
	// Where the rows and columns under the first tile begin.
	top, left := rows.shift-j-(h.rows-1), cols.shift-k-(h.cols-1)
	var pair []tile
	for m := 0; m < rows.outputs; m += t.rows.tile {
		for n := 0; n < cols.outputs; n += t.cols.tile {
			pair = append(pair, tile{m, n, min(m+t.rows.tile, rows.outputs), min(n+t.cols.tile, cols.outputs)})
			final := m+t.rows.tile >= rows.outputs && n+t.cols.tile >= cols.outputs
			if len(pair) < 2 && !final {
				continue
			}
			for i, at := range pair {
				for r := range t.image[i] {
					t.image[i][r] = nil
					if from := source(c.boundary, top+at.m+r, image.Rows); from != outside {
						t.image[i][r] = image.Data[from*image.Cols : (from+1)*image.Cols]
					}
				}
				for n := range t.colsOf[i] {
					t.colsOf[i][n] = source(c.boundary, left+at.n+n, image.Cols)
				}
			}
			if !c.transformTiles(t, len(pair), limit) {
				return false
			}
			c.takeOutputs(t, dst, pair, h, j == 0 && k == 0)
			pair = pair[:0]
		}
	}
	return true
}

// tile is a range of outputs.
type tile struct{ m, n, toM, toN int }

// piece is a part of the filter, from (j, k) on.
type piece[T Float] struct {
	Array[T]
	j, k, rows, cols int
}

// transformFilter leaves the spectrum of a piece in t.filter, divided by the
// number of its elements, a power of two, for the way back.
func (c conv2dMethods[T]) transformFilter(t *tiling[T], h piece[T]) {
	scale := 1 / float64(t.rows.n*t.cols.n)
	along := t.plan(t.rows.n, c.loops)
	panel := t.panel[:2*fft.Columns*t.rows.n]
	for from := 0; from < t.cols.n; from += fft.Columns {
		clear(panel)
		for j := range h.rows {
			for k := from; k < min(from+fft.Columns, h.cols); k++ {
				panel[j*fft.Columns+k-from] = float64(h.Data[(h.j+j)*h.Array.Cols+h.k+k]) * scale
			}
		}
		along.Forward(panel)
		t.store(c.loops, panel, from)
	}
	across := t.plan(t.cols.n, c.loops)
	size := 2 * fft.Columns * t.cols.n
	for q := range t.rows.n / fft.Columns {
		panel := t.filter[q*size : (q+1)*size]
		t.load(panel, q)
		across.Forward(panel)
	}
}

// transformTiles convolves what lies under one or two tiles with the filter's
// piece, but for the last dimension back.
func (c conv2dMethods[T]) transformTiles(t *tiling[T], tiles int, limit T) bool {
	along := t.plan(t.rows.n, c.loops)
	panel := t.panel[:2*fft.Columns*t.rows.n]
	half := len(panel) / 2
	for from := 0; from < t.cols.n; from += fft.Columns {
		if tiles == 1 {
			clear(panel[half:])
		}
		for i := range tiles {
			part := panel[i*half : (i+1)*half]
			cols := (*[fft.Columns]int)(t.colsOf[i][from:])
			if !fillPart(part, t.image[i], cols, c.fill, limit) {
				return false
			}
		}
		along.Forward(panel)
		t.store(c.loops, panel, from)
	}
	across := t.plan(t.cols.n, c.loops)
	size := 2 * fft.Columns * t.cols.n
	panel = t.panel[:size]
	for q := range t.rows.n / fft.Columns {
		t.load(panel, q)
		across.Forward(panel)
		c.loops.Multiply(panel, t.filter[q*size:(q+1)*size])
		across.Inverse(panel)
		t.unload(panel, q)
	}
	return true
}

// fillPart sets a part of a panel to the columns of the image's rows; false if an
// element is larger than the limit.
func fillPart[T Float](part []float64, image [][]T, cols *[fft.Columns]int, fill, limit T) bool {
	first := cols[0]
	whole := first != outside && cols[fft.Columns-1] == first+fft.Columns-1
	for c, col := range cols {
		whole = whole && col == first+c
	}
	for i, row := range image {
		to := (*[fft.Columns]float64)(part[i*fft.Columns:])
		switch {
		case row == nil:
			for c := range to {
				to[c] = float64(fill)
			}
			if !(fill <= limit && fill >= -limit) {
				return false
			}
		case whole:
			from := (*[fft.Columns]T)(row[first:])
			for c, x := range from {
				if !(x <= limit && x >= -limit) {
					return false
				}
				to[c] = float64(x)
			}
		default:
			for c, col := range cols {
				x := fill
				if col != outside {
					x = row[col]
				}
				if !(x <= limit && x >= -limit) {
					return false
				}
				to[c] = float64(x)
			}
		}
	}
	return true
}

// takeOutputs transforms back along the last dimension and takes what is kept.
func (c conv2dMethods[T]) takeOutputs(t *tiling[T], dst Array[T], pair []tile, h piece[T], first bool) {
	along := t.plan(t.rows.n, c.loops)
	panel := t.panel[:2*fft.Columns*t.rows.n]
	half := len(panel) / 2
	for from := 0; from < t.cols.n; from += fft.Columns {
		// Column k of the transform is output n+k-(h.cols-1) of a tile.
		used := false
		for _, at := range pair {
			lo, hi := c.keptBetween(at.n, at.toN, from-(h.cols-1))
			used = used || lo < hi
		}
		if !used {
			continue
		}
		c.loops.Read(panel[:half], t.spectrum[from*t.stride:], t.stride)
		c.loops.Read(panel[half:], t.spectrum[t.half+from*t.stride:], t.stride)
		along.Inverse(panel)
		for i, at := range pair {
			part := panel[i*half:]
			lo, hi := c.keptBetween(at.n, at.toN, from-(h.cols-1))
			for m := (at.m + c.stride - 1) / c.stride; m*c.stride < at.toM; m++ {
				row := part[(m*c.stride-at.m+h.rows-1)*fft.Columns:][:fft.Columns]
				out := dst.Data[m*dst.Cols : (m+1)*dst.Cols]
				for n := lo; n < hi; n++ {
					y := T(row[n*c.stride-at.n+h.cols-1-from])
					if !first {
						y += out[n]
					}
					out[n] = y
				}
			}
		}
	}
}

// keptBetween are the kept outputs, counted in dst, among a panel's columns, the first of which
// is output n+off of a tile from n to to.
func (c conv2d[T]) keptBetween(n, to, off int) (lo, hi int) {
	first, last := max(n, n+off), min(to, n+off+fft.Columns)
	return (first + c.stride - 1) / c.stride, (last + c.stride - 1) / c.stride
}

// store writes a panel of the columns from a column on into the spectrum.
func (t *tiling[T]) store(loops fft.Loops, panel []float64, from int) {
	half := len(panel) / 2
	loops.Write(t.spectrum[from*t.stride:], panel[:half], t.stride)
	loops.Write(t.spectrum[t.half+from*t.stride:], panel[half:], t.stride)
}

// load reads panel q of the other dimension: a panel's row is 8 numbers of a
// column of the spectrum.
func (t *tiling[T]) load(panel []float64, q int) {
	half := len(panel) / 2
	for i := range 2 {
		from := t.spectrum[i*t.half+q*fft.Columns:]
		part := panel[i*half : (i+1)*half]
		for k := 0; k < half; k += fft.Columns {
			*(*[fft.Columns]float64)(part[k:]) = *(*[fft.Columns]float64)(from[k/fft.Columns*t.stride:])
		}
	}
}

// unload writes what load read.
func (t *tiling[T]) unload(panel []float64, q int) {
	half := len(panel) / 2
	for i := range 2 {
		to := t.spectrum[i*t.half+q*fft.Columns:]
		part := panel[i*half : (i+1)*half]
		for k := 0; k < half; k += fft.Columns {
			*(*[fft.Columns]float64)(to[k/fft.Columns*t.stride:]) = *(*[fft.Columns]float64)(part[k:])
		}
	}
}

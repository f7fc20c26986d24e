package kernels

import "numcomp/kernels/fft"

// newConv2dGo makes the portable fast version: the reference's sums, term by term
// in the same order and therefore with the same bits, in the order of conv2dRows.
//
// Inner loops are unrolled over 4 taps, and over all 16 of a 4x4 filter
// (conv2d_taps.go); there is one bounds check an output in them.
func newConv2dGo[T Float](o Options) (Kernel[T], error) {
	return newConv2dMethods(o, inner[T]{sums: sumsGo[T], pairs: neighbours, vector: 1}, costsGo, fft.Portable())
}

// neighbours tells whether rows of outputs are next to each other: two of them read
// most rows of the image in common.
func neighbours(step int, _ Shape) bool { return step == 1 }

// chunk is how many outputs are accumulated over all filter rows before going
// on to the next ones, so that they and what they read stay in the first-level
// cache: 256 outputs of float64 at stride 5 read 10 KiB of every row.
const chunk = 256

// sumsGo is a rowSums in Go.
func sumsGo[T Float](out, rows [][]T, first, step int, filter Array[T]) {
	for r := range out {
		row := rows[(len(out)-1-r)*step:][:filter.Rows]
		if filter.Rows == 4 && filter.Cols == 4 {
			taps4x4(out[r], row[0][first:], row[1][first:], row[2][first:], row[3][first:], step, (*[16]T)(filter.Data))
			continue
		}
		for from := 0; from < len(out[r]); from += chunk {
			part := out[r][from:min(from+chunk, len(out[r]))]
			clear(part)
			for j, x := range row {
				taps(part, x[first+from*step:], step, filter.Data[j*filter.Cols:(j+1)*filter.Cols])
			}
		}
	}
}

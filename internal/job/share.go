package job

import "math/bits"

// share returns the items [first, end) that rank owns of n under the static
// schedule: from floor(rank n/size) to floor((rank+1) n/size).
func share(n, rank, size int) (first, end int) {
	return portion(n, rank, size), portion(n, rank+1, size)
}

// portion is floor(n k/size) for k <= size, whose intermediate product may not
// fit an int.
func portion(n, k, size int) int {
	hi, lo := bits.Mul64(uint64(n), uint64(k))
	q, _ := bits.Div64(hi, lo, uint64(size))
	return int(q)
}

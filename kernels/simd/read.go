package simd

// Read adds up elements, in no particular order, as fast as memory gives them:
// what the speed of a convolution is measured against. What is left after the
// last 64 is not read.
func Read(p []float64) float64 {
	const call = 1 << 16
	sum := 0.0
	for ; len(p) >= 64; p = p[min(call, len(p)):] {
		sum += read(&p[0], min(call, len(p)&^63))
	}
	return sum
}

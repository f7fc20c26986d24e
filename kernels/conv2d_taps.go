package kernels

// The inner loops. Each adds terms to sums in the order of the taps, rounding
// every product (T(...)) so that the compiler may not fuse it with the sum.
//
// All of them walk a position p through x, in steps, and read x[p], x[p-1], ...:
// the one comparison of p an output lets the compiler drop the checks of all the
// reads. It cannot fail: callers give as much of x as the outputs need.

const badSpan = "kernels: conv2d reads past its row"

// taps adds to every output out[i] the terms of one filter row,
// h[k] * x[i*step+len(h)-1-k], k ascending.
func taps[T Float](out, x []T, step int, h []T) {
	for ; len(h) >= 4; h = h[4:] {
		taps4(out, x, step, len(h)-1, (*[4]T)(h))
	}
	switch len(h) {
	case 3:
		taps3(out, x, step, (*[3]T)(h))
	case 2:
		taps2(out, x, step, (*[2]T)(h))
	case 1:
		taps1(out, x, step, h[0])
	}
}

// taps4 is h[k] * x[i*step+p-k] for the 4 taps of h.
func taps4[T Float](out, x []T, step, p int, h *[4]T) {
	h0, h1, h2, h3 := h[0], h[1], h[2], h[3]
	for i, sum := range out {
		if p < 3 || p >= len(x) {
			panic(badSpan)
		}
		sum += T(h0 * x[p])
		sum += T(h1 * x[p-1])
		sum += T(h2 * x[p-2])
		sum += T(h3 * x[p-3])
		out[i] = sum
		p += step
	}
}

// taps3 is h[k] * x[i*step+2-k] for the 3 taps of h.
func taps3[T Float](out, x []T, step int, h *[3]T) {
	h0, h1, h2 := h[0], h[1], h[2]
	p := 2
	for i, sum := range out {
		if p < 2 || p >= len(x) {
			panic(badSpan)
		}
		sum += T(h0 * x[p])
		sum += T(h1 * x[p-1])
		sum += T(h2 * x[p-2])
		out[i] = sum
		p += step
	}
}

// taps2 is h[k] * x[i*step+1-k] for the 2 taps of h.
func taps2[T Float](out, x []T, step int, h *[2]T) {
	h0, h1 := h[0], h[1]
	p := 1
	for i, sum := range out {
		if p < 1 || p >= len(x) {
			panic(badSpan)
		}
		sum += T(h0 * x[p])
		sum += T(h1 * x[p-1])
		out[i] = sum
		p += step
	}
}

// taps1 is h * x[i*step].
func taps1[T Float](out, x []T, step int, h T) {
	p := 0
	for i, sum := range out {
		if p < 0 || p >= len(x) {
			panic(badSpan)
		}
		out[i] = sum + T(h*x[p])
		p += step
	}
}

// taps4x4 sets every output to the sum over j, k of h[4*j+k] * rj[i*step+3-k]:
// a whole 4x4 filter, so that sums never leave their register.
func taps4x4[T Float](out, r0, r1, r2, r3 []T, step int, h *[16]T) {
	r1, r2, r3 = r1[:len(r0)], r2[:len(r0)], r3[:len(r0)]
	h00, h01, h02, h03 := h[0], h[1], h[2], h[3]
	h10, h11, h12, h13 := h[4], h[5], h[6], h[7]
	h20, h21, h22, h23 := h[8], h[9], h[10], h[11]
	h30, h31, h32, h33 := h[12], h[13], h[14], h[15]
	p := 3
	for i := range out {
		if p < 3 || p >= len(r0) {
			panic(badSpan)
		}
		var sum T
		sum += T(h00 * r0[p])
		sum += T(h01 * r0[p-1])
		sum += T(h02 * r0[p-2])
		sum += T(h03 * r0[p-3])
		sum += T(h10 * r1[p])
		sum += T(h11 * r1[p-1])
		sum += T(h12 * r1[p-2])
		sum += T(h13 * r1[p-3])
		sum += T(h20 * r2[p])
		sum += T(h21 * r2[p-1])
		sum += T(h22 * r2[p-2])
		sum += T(h23 * r2[p-3])
		sum += T(h30 * r3[p])
		sum += T(h31 * r3[p-1])
		sum += T(h32 * r3[p-2])
		sum += T(h33 * r3[p-3])
		out[i] = sum
		p += step
	}
}

package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSweep(t *testing.T) {
	eachSet(t, testSweep[float64], testSweep[float32])
}

// testSweep compares sweeps of an image with its pairs one by one: of many pairs and few,
// in one call of the assembly and in several, and of rows too long for one call.
func testSweep[T Float](t *testing.T, s Set) {
	lanes := Lanes[T](s)
	r := rand.New(rand.NewPCG(3, 4))
	filter := make([]T, 16)
	for i := range filter {
		filter[i] = T(r.Float64() - 0.5)
	}
	for _, c := range []struct{ n, step, pairs int }{
		{lanes, 5, 1}, {lanes, 2, 7}, {lanes + 1, 8, 3}, {4*lanes + 3, 5, 20}, {151, 3, 9}, {1500, 5, 8}, {6000, 8, 2},
	} {
		const first, gap = 2, 3
		cols := first + (c.n-1)*c.step + 4
		down, below := 2*c.step*cols, 2*(c.n+gap)
		image := make([]T, cols*((2*c.pairs-1)*c.step+4))
		for i := range image {
			image[i] = T(r.Float64() - 0.5)
		}
		// The bottom row of the first pair comes first.
		rows := func(pair int) (all [][]T) {
			for j := range 4 + c.step {
				all = append(all, image[pair*down+(3+c.step-j)*cols:])
			}
			return all
		}
		// The last row ends with the slice.
		size := 2*c.pairs*(c.n+gap) - gap
		got, want := make([]T, size), make([]T, size)
		for p := range c.pairs {
			line := want[p*below:]
			Conv2D(s, [][]T{line[:c.n], line[c.n+gap:][:c.n]}, rows(p), first, c.step, filter, 4)
		}
		Sweep(s, [2][]T{got, got[c.n+gap:]}, c.n, below, rows(0), first, c.step, down, filter, c.pairs)
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%+v: element %d of the outputs is %v, want %v", c, i, got[i], want[i])
			}
		}
	}
}

func TestSweepMisuse(t *testing.T) {
	if !AVX2.Available() {
		t.Skip("this processor has no AVX2")
	}
	const n, step, cols = 4, 5, 19
	image, dst := make([]float64, cols*19), make([]float64, 4*n)
	type sweep struct {
		out                             [2][]float64
		n, below                        int
		rows                            [][]float64
		first, step, down, coefficients int
		pairs                           int
	}
	right := func() sweep {
		var rows [][]float64
		for j := range 4 + step {
			rows = append(rows, image[(3+step-j)*cols:])
		}
		return sweep{[2][]float64{dst, dst[n:]}, n, 2 * n, rows, 0, step, 2 * step * cols, 16, 2}
	}
	run := func(c sweep) {
		Sweep(AVX2, c.out, c.n, c.below, c.rows, c.first, c.step, c.down, make([]float64, c.coefficients), c.pairs)
	}
	run(right())
	for what, change := range map[string]func(*sweep){
		"few outputs":      func(c *sweep) { c.n = 3 },
		"another filter":   func(c *sweep) { c.coefficients = 9 },
		"step 1":           func(c *sweep) { c.step = 1 },
		"a long step":      func(c *sweep) { c.step = 9 },
		"a row missing":    func(c *sweep) { c.rows = c.rows[1:] },
		"before a row":     func(c *sweep) { c.first = -1 },
		"after a row":      func(c *sweep) { c.first = 1 },
		"far after a row":  func(c *sweep) { c.first = math.MaxInt },
		"many outputs":     func(c *sweep) { c.n, c.below = math.MaxInt, math.MaxInt },
		"a row too short":  func(c *sweep) { c.rows[0] = c.rows[0][:len(c.rows[0])-1] },
		"a line too short": func(c *sweep) { c.out[1] = c.out[1][:len(c.out[1])-1] },
		"a pair too many":  func(c *sweep) { c.pairs = 3 },
		"no pair":          func(c *sweep) { c.pairs = 0 },
		"lines overlap":    func(c *sweep) { c.below = 3 },
		"backwards":        func(c *sweep) { c.down = -1 },
		"far down":         func(c *sweep) { c.down = 1 << 62 },
	} {
		c := right()
		change(&c)
		panics(t, what, func() { run(c) })
	}
}

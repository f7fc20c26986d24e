package kerneltest

import (
	"math"
	"testing"
)

func TestULPs(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct{ got, want, magnitude, ulps float64 }{
		{1, 1, 1, 0},
		{math.Nextafter(1, 2), 1, 1, 1},
		{1, math.Nextafter(1, 2), 1, 1},
		{math.Nextafter(1, 2), 1, 2, 0.5},
		{math.Nextafter(1, 0), 1, 1, 0.5},
		{0, math.Nextafter(1, 2) - 1, -1, 1},
		{0, math.Copysign(0, -1), 1, 0.5},
		{nan, math.Float64frombits(0x7ff8_1234_0000_0000), 1, 0},
		{inf, inf, 1, 0},
		{inf, -inf, 1, inf},
		{nan, 1, 1, inf},
		{1, inf, inf, inf},
		{math.SmallestNonzeroFloat64, 0, 0, 1},
		{math.MaxFloat64, math.Nextafter(math.MaxFloat64, 0), math.MaxFloat64, 1},
	} {
		if d := ULPs(c.got, c.want, c.magnitude); d != c.ulps {
			t.Errorf("ULPs(%v, %v, %v) is %v, want %v", c.got, c.want, c.magnitude, d, c.ulps)
		}
	}
	if d := ULPs(math.Nextafter32(3, 4), 3, float32(3)); d != 1 {
		t.Errorf("float32: %v, want 1", d)
	}
}

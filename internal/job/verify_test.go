package job

import (
	"errors"
	"math"
	"strings"
	"testing"

	"numcomp/kernels"
)

func TestVerifyPasses(t *testing.T) {
	for _, change := range []func(*Config){
		func(*Config) {},
		func(c *Config) { c.DType = Float32 },
		func(c *Config) { c.Distribution = Scatter },
		func(c *Config) { c.Kernel, c.Filter = "exp", kernels.Shape{} },
		func(c *Config) { c.Options.FillValue = math.NaN() },
		func(c *Config) { c.Options.Method = kernels.MethodFFT },
		func(c *Config) { c.Options.Method, c.DType = kernels.MethodFFT, Float32 },
	} {
		cfg := small(6)
		cfg.Verify = true
		change(&cfg)
		for _, schedule := range []Schedule{Static, Dynamic} {
			cfg.Schedule = schedule
			if r := do(t, 3, cfg, Options{}); !r.Verified || r.MaxULP > r.Tolerance {
				t.Errorf("%+v: verified %v, %v ULP of %v", cfg, r.Verified, r.MaxULP, r.Tolerance)
			}
		}
	}
}

func TestVerifyNotAsked(t *testing.T) {
	if r := do(t, 2, small(2), Options{}); r.Verified {
		t.Error("verified unasked")
	}
}

func TestVerifyFinds(t *testing.T) {
	cfg := small(6)
	cfg.Verify = true
	const at = 4*56 + 2*7 + 3 // item 4, row 2, column 3 of 8x7
	for name, change := range map[string]func(x float64) float64{
		"a far value":  func(x float64) float64 { return x + 1 },
		"NaN":          func(float64) float64 { return math.NaN() },
		"infinity":     func(float64) float64 { return math.Inf(1) },
		"another item": func(float64) float64 { return 0.123 },
	} {
		var was float64
		o := Options{hooks: hooks{tamper: func(values any) {
			v := values.([]float64)
			was = v[at]
			v[at] = change(was)
			v[5*56] += 1
		}}}
		sides := world(t, t.Context(), 3, cfg, o, nil)
		var v *VerifyError
		if !errors.As(sides[0].err, &v) {
			t.Errorf("%s: error %v", name, sides[0].err)
			continue
		}
		if v.Item != 4 || v.Row != 2 || v.Col != 3 || v.Items != 2 || v.Variant != sides[0].res.World.Variant {
			t.Errorf("%s: %+v", name, v)
		}
		if math.Abs(v.Want-was) > 1e-12 || !same(v.Got, change(was)) {
			t.Errorf("%s: want %v, got %v of %v", name, v.Want, v.Got, was)
		}
		if !strings.Contains(v.Error(), "item 4, element (2, 3) of its 8x7 result") {
			t.Errorf("%s: %v", name, v)
		}
		if sides[0].res == nil || sides[0].res.Verified || sides[0].res.SHA256 == "" {
			t.Errorf("%s: the result is not complete beside the error", name)
		}
		if sides[1].err != nil {
			t.Errorf("%s: rank 1: %v", name, sides[1].err)
		}
	}
}

func TestULPs(t *testing.T) {
	next := math.Nextafter(1, 2)
	for _, c := range []struct{ got, want, magnitude, ulps float64 }{
		{next, 1, 1, 1},
		{next, 1, 2, 0.5},
		{1, next, 1, 1},
		{0, math.Copysign(0, -1), 5, 0.5},
		{math.Inf(1), 1, 1, math.Inf(1)},
		{math.NaN(), 1, 1, math.Inf(1)},
		{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(1)},
	} {
		if got := ulps(c.got, c.want, c.magnitude); got != c.ulps {
			t.Errorf("%v from %v at %v: %v, want %v", c.got, c.want, c.magnitude, got, c.ulps)
		}
	}
	if got := ulps(math.Nextafter32(1, 2), 1, 1); got != 1 {
		t.Errorf("float32: %v", got)
	}
	if spacing(math.MaxFloat64) != 0x1p971 || spacing(float32(math.MaxFloat32)) != 0x1p104 {
		t.Error("spacing of the largest numbers")
	}
	if !same(math.NaN(), math.NaN()) || same(0, math.Copysign(0, -1)) || !same(1.5, 1.5) || same(1, next) {
		t.Error("same")
	}
}

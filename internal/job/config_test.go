package job

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"numcomp/kernels"
)

func TestDefaultIsGood(t *testing.T) {
	if err := Default().Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesTheFlag(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"--kernel fft:": func(c *Config) { c.Kernel = "fft" },
		"stride 0":      func(c *Config) { c.Options.Stride = 0 },
		"--dtype: \"int8\" is none of float64, float32":         func(c *Config) { c.DType = "int8" },
		"--fill: \"ones\" is none of random, zeros, ramp":       func(c *Config) { c.Fill = "ones" },
		"--schedule: \"\" is none of static, dynamic":           func(c *Config) { c.Schedule = "" },
		"--work-mode: \"spin\" is none of compute, sleep":       func(c *Config) { c.WorkMode = "spin" },
		"--distribution: \"all\" is none of broadcast, scatter": func(c *Config) { c.Distribution = "all" },
		"--iterations 0: must be from 1 to 1000000000":          func(c *Config) { c.Iterations = 0 },
		"--burns -1: must be from 0 to 1000000000":              func(c *Config) { c.Burns = -1 },
		"--items -3: must be positive":                          func(c *Config) { c.Items = -3 },
		"--mem -3: must be positive":                            func(c *Config) { c.Mem = -3 },
		"--chunk -2: must be positive":                          func(c *Config) { c.Schedule, c.Chunk = Dynamic, -2 },
		"--chunk 4: only the dynamic schedule has chunks":       func(c *Config) { c.Chunk = 4 },
		"--work-time -1s: must not be negative":                 func(c *Config) { c.WorkTime = -time.Second },
		"--size 0x5: rows and columns must be positive":         func(c *Config) { c.Size = kernels.Shape{Rows: 0, Cols: 5} },
		"--filter 3x0: rows and columns must be positive":       func(c *Config) { c.Filter = kernels.Shape{Rows: 3} },
		"--filters f.npy: the kernel exp has no parameters":     func(c *Config) { c.Kernel, c.Filters = "exp", "f.npy" },
		"--filter 2x2: the kernel exp has no parameters":        func(c *Config) { c.Kernel, c.Filter = "exp", kernels.Shape{Rows: 2, Cols: 2} },
		"--distribution broadcast: the kernel exp has no para":  func(c *Config) { c.Kernel, c.Distribution = "exp", Broadcast },
	} {
		c := Default()
		change(&c)
		err := c.Check()
		var u *UsageError
		if !errors.As(err, &u) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// full is a Config none of whose fields is zero.
func full() Config {
	return Config{
		Kernel: "conv2d", Options: kernels.Options{Mode: kernels.Same, Boundary: kernels.BoundarySymm, FillValue: math.NaN(), Stride: 3, ComputeAll: true, Method: kernels.MethodFFT},
		DType: Float32, Size: kernels.Shape{Rows: 4, Cols: 5}, Filter: kernels.Shape{Rows: 2, Cols: 3}, Items: 7, Mem: 8, Input: "a.npy", Filters: "f.npy",
		Fill: Ramp, Seed: math.MaxUint64, Distribution: Scatter, Schedule: Dynamic, Chunk: 9, Iterations: 10, Burns: 11,
		WorkTime: 12, WorkMode: Sleep, Verify: true, InPlace: true, KeepResults: true,
	}
}

// TestCompareSeesEveryField changes one field at a time.
func TestCompareSeesEveryField(t *testing.T) {
	zero := reflect.ValueOf(Config{})
	for i := range zero.NumField() {
		if zero.Field(i).Kind() == reflect.Struct {
			for j := range zero.Field(i).NumField() {
				c := full()
				reflect.ValueOf(&c).Elem().Field(i).Field(j).SetZero()
				if c.compare(full()) == nil {
					t.Errorf("%s.%s does not count", zero.Type().Field(i).Name, zero.Field(i).Type().Field(j).Name)
				}
			}
			continue
		}
		c := full()
		reflect.ValueOf(&c).Elem().Field(i).SetZero()
		if c.compare(full()) == nil {
			t.Errorf("%s does not count", zero.Type().Field(i).Name)
		}
	}
	a, b := Default(), Default()
	a.Seed, a.Chunk = 5, 3
	if err := a.compare(b); err == nil || !strings.Contains(err.Error(), "(--seed: 5 here, 1 on rank 0; --chunk: 3 here, 0 on rank 0)") {
		t.Errorf("error %v", err)
	}
}

package job

import (
	"errors"
	"strings"
	"testing"

	"numcomp/kernels"
)

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		in     *Input
		want   Plan
	}{
		{"nothing said", func(*Config) {}, nil, Plan{
			Config: Config{Distribution: Broadcast}, Array: kernels.Shape{Rows: 1000, Cols: 1000}, Params: kernels.Shape{Rows: 4, Cols: 4}, Result: kernels.Shape{Rows: 201, Cols: 201},
			Items: 536, ItemsFrom: "--mem 536870912", OneArray: true,
		}},
		{"as Ray's blog", func(c *Config) { c.Size, c.Items = kernels.Shape{Rows: 3000, Cols: 3000}, 48 }, nil, Plan{
			Config: Config{Distribution: Broadcast}, Array: kernels.Shape{Rows: 3000, Cols: 3000}, Params: kernels.Shape{Rows: 4, Cols: 4}, Result: kernels.Shape{Rows: 601, Cols: 601},
			Items: 48, ItemsFrom: "--items 48", OneArray: true,
		}},
		{"scatter", func(c *Config) { c.Distribution, c.Mem, c.Size = Scatter, 1<<20, kernels.Shape{Rows: 32, Cols: 32} }, nil, Plan{
			Config: Config{Distribution: Scatter}, Array: kernels.Shape{Rows: 32, Cols: 32}, Params: kernels.Shape{Rows: 4, Cols: 4}, Result: kernels.Shape{Rows: 7, Cols: 7},
			Items: 1024, ItemsFrom: "--mem 1048576",
		}},
		{"exp scatters", func(c *Config) { c.Kernel, c.Items = "exp", 3 }, nil, Plan{
			Config: Config{Distribution: Scatter}, Array: kernels.Shape{Rows: 1000, Cols: 1000}, Result: kernels.Shape{Rows: 1000, Cols: 1000},
			Items: 3, ItemsFrom: "--items 3", OneParams: true,
		}},
		{"an image", func(c *Config) { c.Items = 5 }, &Input{Arrays: stack(10, 20)}, Plan{
			Config: Config{Distribution: Broadcast}, Array: kernels.Shape{Rows: 10, Cols: 20}, Params: kernels.Shape{Rows: 4, Cols: 4}, Result: kernels.Shape{Rows: 3, Cols: 5},
			Items: 5, ItemsFrom: "--items 5", OneArray: true,
		}},
		{"images scatter", func(c *Config) { c.Mem = 0 }, &Input{Arrays: stack(6, 10, 20)}, Plan{
			Config: Config{Distribution: Scatter}, Array: kernels.Shape{Rows: 10, Cols: 20}, Params: kernels.Shape{Rows: 4, Cols: 4}, Result: kernels.Shape{Rows: 3, Cols: 5},
			Items: 6, ItemsFrom: "--input a.npy",
		}},
		{"a bank", func(*Config) {}, &Input{Filters: stack(7, 2, 3)}, Plan{
			Config: Config{Distribution: Broadcast}, Array: kernels.Shape{Rows: 1000, Cols: 1000}, Params: kernels.Shape{Rows: 2, Cols: 3}, Result: kernels.Shape{Rows: 201, Cols: 201},
			Items: 7, ItemsFrom: "--filters f.npy", OneArray: true,
		}},
		{"one filter", func(c *Config) { c.Size = kernels.Shape{Rows: 8, Cols: 8}; c.Items = 2 }, &Input{Filters: stack(2, 3)}, Plan{
			Config: Config{Distribution: Broadcast}, Array: kernels.Shape{Rows: 8, Cols: 8}, Params: kernels.Shape{Rows: 2, Cols: 3}, Result: kernels.Shape{Rows: 2, Cols: 2},
			Items: 2, ItemsFrom: "--items 2", OneArray: true, OneParams: true,
		}},
		{"sources that agree", func(c *Config) { c.Items, c.Mem = 6, 1200 }, &Input{Arrays: stack(6, 10, 20), Filters: stack(6, 2, 2)}, Plan{
			Config: Config{Distribution: Scatter}, Array: kernels.Shape{Rows: 10, Cols: 20}, Params: kernels.Shape{Rows: 2, Cols: 2}, Result: kernels.Shape{Rows: 3, Cols: 5},
			Items: 6, ItemsFrom: "--input a.npy",
		}},
		{"one image, one item", func(c *Config) {}, &Input{Arrays: stack(1, 10, 20)}, Plan{
			Config: Config{Distribution: Scatter}, Array: kernels.Shape{Rows: 10, Cols: 20}, Params: kernels.Shape{Rows: 4, Cols: 4}, Result: kernels.Shape{Rows: 3, Cols: 5},
			Items: 1, ItemsFrom: "--input a.npy",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := named(c.in)
			c.change(&cfg)
			got, err := Resolve(cfg, c.in)
			if err != nil {
				t.Fatal(err)
			}
			cfg.Distribution = c.want.Config.Distribution
			c.want.Config = cfg
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// named is the default Config with the names of the files in in.
func named(in *Input) Config {
	cfg := Default()
	if in != nil && in.Arrays != nil {
		cfg.Input = "a.npy"
	}
	if in != nil && in.Filters != nil {
		cfg.Filters = "f.npy"
	}
	return cfg
}

func TestResolveRefuses(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Config)
		in     *Input
	}{
		{"--iterations 0", func(c *Config) { c.Iterations = 0 }, nil},
		{"--input a.npy has 1 dimensions: it must have 2 (rows, columns) or 3 (items, rows, columns)", func(*Config) {}, &Input{Arrays: stack(5)}},
		{"--input a.npy has 4 dimensions", func(*Config) {}, &Input{Arrays: stack(1, 2, 3, 4)}},
		{"--filters f.npy has 1 dimensions", func(*Config) {}, &Input{Filters: stack(3)}},
		{"--filters f.npy has the shape [0 4 4]: every dimension must be at least 1", func(*Config) {}, &Input{Filters: stack(0, 4, 4)}},
		{"--input a.npy has the shape [2 3] and 5 elements: they disagree", func(*Config) {}, &Input{Arrays: &Stack{[]int{2, 3}, make([]float64, 5)}}},
		{"--size 5x5 and --input a.npy, whose arrays are 10x20, disagree", func(c *Config) { c.Size = kernels.Shape{Rows: 5, Cols: 5} }, &Input{Arrays: stack(10, 20)}},
		{"--filter 5x5 and --filters f.npy, whose filters are 2x3, disagree", func(c *Config) { c.Filter = kernels.Shape{Rows: 5, Cols: 5} }, &Input{Filters: stack(2, 3)}},
		{"--distribution broadcast and --input a.npy, which has an array an item, disagree", func(c *Config) { c.Distribution = Broadcast }, &Input{Arrays: stack(3, 10, 20)}},
		{"--input a.npy and --filters f.npy disagree on the number of items: 3 and 4", func(*Config) {}, &Input{Arrays: stack(3, 10, 20), Filters: stack(4, 2, 2)}},
		{"--input a.npy and --items 4 disagree on the number of items: 3 and 4", func(c *Config) { c.Items = 4 }, &Input{Arrays: stack(3, 10, 20)}},
		{"--filters f.npy and --items 5 disagree on the number of items: 4 and 5", func(c *Config) { c.Items = 5 }, &Input{Filters: stack(4, 2, 2)}},
		{"--items 5 and --mem 2000000 disagree on the number of items: 5 and 2", func(c *Config) { c.Items, c.Mem = 5, 2000000 }, nil},
		{"--mem 999999 leaves no item", func(c *Config) { c.Mem = 999999 }, nil},
		{"mode valid: of the 3x3 array and the 4x2 filter", func(c *Config) { c.Options.Mode, c.Items = kernels.Valid, 1 }, &Input{Arrays: stack(3, 3), Filters: stack(4, 2)}},
	} {
		cfg := named(c.in)
		c.change(&cfg)
		_, err := Resolve(cfg, c.in)
		var u *UsageError
		if !errors.As(err, &u) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

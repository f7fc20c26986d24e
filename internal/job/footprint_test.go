package job

import (
	"math"
	"testing"

	"numcomp/kernels"
)

func TestFootprint(t *testing.T) {
	p := &Plan{
		Config: Config{Distribution: Broadcast, Schedule: Static, DType: Float64},
		Array:  kernels.Shape{Rows: 100, Cols: 100}, Params: kernels.Shape{Rows: 2, Cols: 2}, Result: kernels.Shape{Rows: 10, Cols: 10},
		Items: 10, OneArray: true,
	}
	const array, params, result = 80000, 32, 800
	for _, c := range []struct {
		name       string
		change     func(p *Plan)
		rank, size int
		want       Footprint
	}{
		{"broadcast, rank 0", func(*Plan) {}, 0, 4, Footprint{Arrays: array, Params: 10 * params, Results: 10 * result}},
		{"broadcast, 3 of 10 items", func(*Plan) {}, 1, 4, Footprint{Arrays: array, Params: 3 * params, Results: 3 * result}},
		{"one filter", func(p *Plan) { p.OneParams = true }, 1, 4, Footprint{Arrays: array, Params: params, Results: 3 * result}},
		{"scatter, rank 0", func(p *Plan) { p.Config.Distribution = Scatter }, 0, 4, Footprint{Arrays: 10 * array, Params: 10 * params, Results: 10 * result}},
		{"scatter, 3 of 10 items", func(p *Plan) { p.Config.Distribution = Scatter }, 1, 4, Footprint{Arrays: 3 * array, Params: 3 * params, Results: 3 * result}},
		{"scatter, no item", func(p *Plan) { p.Config.Distribution = Scatter }, 1, 100, Footprint{}},
		{"float32", func(p *Plan) { p.Config.DType = Float32 }, 0, 4, Footprint{Arrays: array / 2, Params: 10 * params / 2, Results: 10 * result / 2}},
		{"dynamic broadcast", func(p *Plan) { p.Config.Schedule, p.Config.Chunk = Dynamic, 3 }, 1, 4, Footprint{Arrays: array, Params: 3 * params, Results: 6 * result}},
		{"dynamic scatter", func(p *Plan) { p.Config.Schedule, p.Config.Chunk, p.Config.Distribution = Dynamic, 3, Scatter }, 1, 4, Footprint{Arrays: 6 * array, Params: 6 * params, Results: 6 * result}},
		// A leader has two chunks for each of its 10 ranks.
		{"dynamic scatter, a leader", func(p *Plan) {
			p.Items, p.Config.Schedule, p.Config.Chunk, p.Config.Distribution = 100, Dynamic, 3, Scatter
		}, 1, 100, Footprint{Arrays: 60 * array, Params: 60 * params, Results: 60 * result}},
		{"verify", func(p *Plan) { p.Config.Verify = true }, 0, 4, Footprint{Arrays: array, Params: 10 * params, Results: 10 * result, Scratch: 2 * (array + params + 2*result)}},
		{"too much to count", func(p *Plan) {
			p.Items, p.Config.Distribution = math.MaxInt, Scatter
			huge := kernels.Shape{Rows: math.MaxInt, Cols: math.MaxInt}
			p.Array, p.Params, p.Result = huge, huge, huge
		}, 0, 1, Footprint{Arrays: math.MaxInt64, Params: math.MaxInt64, Results: math.MaxInt64}},
	} {
		q := *p
		c.change(&q)
		if got := footprintOf(&q, alone(c.size), c.rank, 2); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got, want := footprintOfAll(p, alone(4), 2), (Footprint{Arrays: 4 * array, Params: (10 + 8) * params, Results: (10 + 8) * result}); got != want {
		t.Errorf("all ranks: %+v, want %+v", got, want)
	}
	if got, want := footprintOfAll(p, alone(4), 2).String(), "arrays 312 KiB, results 14.1 KiB, parameters 576 B"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

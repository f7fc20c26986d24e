package job

import (
	"fmt"
	"math"

	"numcomp/kernels"
)

// Plan is a Config with everything settled: what a job will do, the same on every
// rank.
type Plan struct {
	// Config is what was asked for, its Distribution settled.
	Config Config
	// Array, Params and Result are the shapes of one item's. Params is 0x0 for a
	// kernel without parameters.
	Array, Params, Result kernels.Shape
	// Items is the number of items, ItemsFrom what said so.
	Items     int
	ItemsFrom string
	// OneArray tells that all items have the same array, of which scatter sends
	// copies, OneParams that all items have the same parameters.
	OneArray, OneParams bool
}

// Resolve settles cfg with what rank 0 has read; in may be nil. An error is a
// *UsageError.
func Resolve(cfg Config, in *Input) (Plan, error) {
	if err := cfg.Check(); err != nil {
		return Plan{}, err
	}
	if in == nil {
		in = &Input{}
	}
	p := Plan{Config: cfg}
	for _, settle := range []func(*Input) error{p.settleArray, p.settleParams, p.settleDistribution, p.settleItems, p.settleResult} {
		if err := settle(in); err != nil {
			return Plan{}, err
		}
	}
	return p, nil
}

// shapeOf returns the shape of one array of a stack that flag and file name, and
// whether there is one array an item.
func shapeOf(s *Stack, flag, file string) (shape kernels.Shape, many bool, err error) {
	name := "--" + flag + " " + file
	d := s.Shape
	if len(d) != 2 && len(d) != 3 {
		return shape, false, usage("%s has %d dimensions: it must have 2 (rows, columns) or 3 (items, rows, columns)", name, len(d))
	}
	n := int64(1)
	for _, extent := range d {
		if extent < 1 {
			return shape, false, usage("%s has the shape %v: every dimension must be at least 1", name, d)
		}
		n = product(n, int64(extent))
	}
	if n != int64(len(s.Data)) {
		return shape, false, usage("%s has the shape %v and %d elements: they disagree", name, d, len(s.Data))
	}
	return kernels.Shape{Rows: d[len(d)-2], Cols: d[len(d)-1]}, len(d) == 3, nil
}

func (p *Plan) settleArray(in *Input) error {
	none := kernels.Shape{}
	if in.Arrays == nil {
		p.Array = p.Config.Size
		if p.Array == none {
			p.Array = kernels.Shape{Rows: 1000, Cols: 1000}
		}
		p.OneArray = false
		return nil
	}
	shape, many, err := shapeOf(in.Arrays, "input", p.Config.Input)
	if err != nil {
		return err
	}
	if p.Config.Size != none && p.Config.Size != shape {
		return usage("--size %v and --input %s, whose arrays are %v, disagree: leave out --size", p.Config.Size, p.Config.Input, shape)
	}
	p.Array, p.OneArray = shape, !many
	return nil
}

func (p *Plan) settleParams(in *Input) error {
	none := kernels.Shape{}
	entry, _ := kernels.Lookup(p.Config.Kernel)
	switch {
	case !entry.Params:
		p.OneParams = true
		return nil
	case in.Filters == nil:
		p.Params = p.Config.Filter
		if p.Params == none {
			p.Params = kernels.Shape{Rows: 4, Cols: 4}
		}
		return nil
	}
	shape, many, err := shapeOf(in.Filters, "filters", p.Config.Filters)
	if err != nil {
		return err
	}
	if p.Config.Filter != none && p.Config.Filter != shape {
		return usage("--filter %v and --filters %s, whose filters are %v, disagree: leave out --filter", p.Config.Filter, p.Config.Filters, shape)
	}
	p.Params, p.OneParams = shape, !many
	return nil
}

func (p *Plan) settleDistribution(in *Input) error {
	entry, _ := kernels.Lookup(p.Config.Kernel)
	many := in.Arrays != nil && !p.OneArray
	switch d := &p.Config.Distribution; {
	case many && *d == Broadcast:
		return usage("--distribution broadcast and --input %s, which has an array an item, disagree: leave out --distribution, or give a 2-D input", p.Config.Input)
	case *d == Auto && (many || !entry.Params):
		*d = Scatter
	case *d == Auto:
		*d = Broadcast
	}
	// A generated array is one for all only where only one is generated.
	if in.Arrays == nil {
		p.OneArray = p.Config.Distribution == Broadcast
	}
	return nil
}

func (p *Plan) settleItems(in *Input) error {
	type source struct {
		name  string
		items int
	}
	var said []source
	cfg := p.Config
	if in.Arrays != nil && !p.OneArray {
		said = append(said, source{"--input " + cfg.Input, in.Arrays.Shape[0]})
	}
	if in.Filters != nil && !p.OneParams {
		said = append(said, source{"--filters " + cfg.Filters, in.Filters.Shape[0]})
	}
	if cfg.Items > 0 {
		said = append(said, source{fmt.Sprintf("--items %d", cfg.Items), cfg.Items})
	}
	elements := int64(p.Array.Rows) * int64(p.Array.Cols)
	if mem := cfg.Mem; mem > 0 || len(said) == 0 {
		if mem == 0 {
			mem = defaultMem
		}
		name := fmt.Sprintf("--mem %d", mem)
		n := mem / elements
		if n == 0 {
			return usage("%s leaves no item: it counts one byte an element, as Python does, and one array of %v has %d elements; say a larger --mem, or --items", name, p.Array, elements)
		}
		if n > math.MaxInt {
			return usage("%s is %d items of %v: more than an int counts", name, n, p.Array)
		}
		said = append(said, source{name, int(n)})
	}
	for _, s := range said[1:] {
		if s.items != said[0].items {
			return usage("%s and %s disagree on the number of items: %d and %d; leave one of them out", said[0].name, s.name, said[0].items, s.items)
		}
	}
	p.Items, p.ItemsFrom = said[0].items, said[0].name
	return nil
}

func (p *Plan) settleResult(*Input) error {
	var err error
	if p.Config.DType == Float32 {
		p.Result, err = resultShape[float32](p)
	} else {
		p.Result, err = resultShape[float64](p)
	}
	if err != nil {
		return usage("%v", err)
	}
	return nil
}

func resultShape[T kernels.Float](p *Plan) (kernels.Shape, error) {
	k, err := kernels.New[T](p.Config.Kernel, 0, p.Config.Options)
	if err != nil {
		return kernels.Shape{}, err
	}
	return k.Result(p.Array, p.Params)
}

// arrays is how many arrays rank 0 holds.
func (p *Plan) arrays() int {
	if p.Config.Distribution == Broadcast {
		return 1
	}
	return p.Items
}

// banks is how many items' parameters rank 0 holds.
func (p *Plan) banks() int {
	if p.OneParams {
		return 1
	}
	return p.Items
}

func elements(s kernels.Shape) int { return s.Rows * s.Cols }

// arrayBytes, paramsBytes and resultBytes are the sizes of one item's.
func (p *Plan) arrayBytes() int64  { return p.bytes(p.Array) }
func (p *Plan) paramsBytes() int64 { return p.bytes(p.Params) }
func (p *Plan) resultBytes() int64 { return p.bytes(p.Result) }

func (p *Plan) bytes(s kernels.Shape) int64 {
	return product(int64(s.Rows), int64(s.Cols), int64(p.Config.DType.Bytes()))
}

// BytesDistributed is how many bytes of arrays and parameters the ranks of a
// world of that size are given in one iteration, rank 0 among them, whatever the
// transport moves for it.
func (p *Plan) BytesDistributed(size int) int64 {
	arrays := product(int64(p.Items), p.arrayBytes())
	if p.Config.Distribution == Broadcast {
		arrays = product(int64(size), p.arrayBytes())
	}
	params := product(int64(p.Items), p.paramsBytes())
	if p.OneParams {
		params = product(int64(size), p.paramsBytes())
	}
	return sum(arrays, params)
}

// BytesGathered is how many bytes of results one iteration gives.
func (p *Plan) BytesGathered() int64 { return product(int64(p.Items), p.resultBytes()) }

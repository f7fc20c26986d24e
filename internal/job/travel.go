package job

import "numcomp/kernels"

// What travels between ranks. Tests hold each of these to its type's fields.

func (c *Config) travel(w *wire) {
	text(w, &c.Kernel)
	o := &c.Options
	number(w, &o.Mode)
	number(w, &o.Boundary)
	float(w, &o.FillValue)
	number(w, &o.Stride)
	truth(w, &o.ComputeAll)
	number(w, &o.Method)
	text(w, &c.DType)
	travelShape(w, &c.Size)
	travelShape(w, &c.Filter)
	number(w, &c.Items)
	number(w, &c.Mem)
	text(w, &c.Input)
	text(w, &c.Filters)
	text(w, &c.Fill)
	number(w, &c.Seed)
	text(w, &c.Distribution)
	text(w, &c.Schedule)
	number(w, &c.Chunk)
	number(w, &c.Iterations)
	number(w, &c.Burns)
	number(w, &c.WorkTime)
	text(w, &c.WorkMode)
	truth(w, &c.Verify)
	truth(w, &c.InPlace)
	truth(w, &c.KeepResults)
}

func (p *Plan) travel(w *wire) {
	p.Config.travel(w)
	travelShape(w, &p.Array)
	travelShape(w, &p.Params)
	travelShape(w, &p.Result)
	number(w, &p.Items)
	text(w, &p.ItemsFrom)
	truth(w, &p.OneArray)
	truth(w, &p.OneParams)
}

func travelShape(w *wire, s *kernels.Shape) {
	number(w, &s.Rows)
	number(w, &s.Cols)
}

// settled is what rank 0 tells the others in settle.
type settled struct {
	// Asked is rank 0's Config: the plan's has choices settled.
	Asked Config
	Plan  Plan
	// Failed and Kind are why there is no plan.
	Failed bool
	Kind   byte
	Error  string
}

func (s *settled) travel(w *wire) {
	s.Asked.travel(w)
	s.Plan.travel(w)
	truth(w, &s.Failed)
	number(w, &s.Kind)
	text(w, &s.Error)
}

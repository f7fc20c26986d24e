package bench

import "time"

// Run is one whole run of the benchmark of barriers: from outside, and from rank
// 0's view.
type Run struct {
	Took   time.Duration
	Report Report
}

// PhasesOf are rows of where the runs' time went: the whole, the parts of starting
// that rank 0 knows (all 0 in a world of one, which has none), its barriers, and
// the rest.
func PhasesOf(runs []Run) []Row {
	parts := []struct {
		name string
		of   func(Run) float64 // seconds
	}{
		{"spawn", func(r Run) float64 { return start(r).Spawn }},
		{"detect", func(r Run) float64 { return start(r).Detect }},
		{"exchange", func(r Run) float64 { return start(r).Exchange }},
		{"connect", func(r Run) float64 { return start(r).Connect }},
		{"meet", func(r Run) float64 { return start(r).Meet }},
		{"barriers", barriers},
	}
	total, rest := make([]time.Duration, len(runs)), make([]time.Duration, len(runs))
	for i, r := range runs {
		total[i], rest[i] = r.Took, r.Took
	}
	var rows []Row
	for _, part := range parts {
		took := make([]time.Duration, len(runs))
		for i, r := range runs {
			took[i] = time.Duration(part.of(r) * float64(time.Second))
			rest[i] -= took[i]
		}
		rows = append(rows, phase(part.name, took))
	}
	return append([]Row{phase("total", total)}, append(rows, phase("rest", rest))...)
}

func phase(name string, took []time.Duration) Row {
	r := NewRow(took)
	r.Phase = name
	return r
}

func start(r Run) Start {
	if r.Report.Start == nil {
		return Start{}
	}
	return *r.Report.Start
}

func barriers(r Run) (seconds float64) {
	for _, row := range r.Report.Rows {
		seconds += row.TotalSeconds
	}
	return seconds
}

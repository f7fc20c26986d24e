package bench

import (
	"encoding/json"
	"io"
)

// Schema is the version of a Report's JSON form: it grows when a field changes its
// meaning or goes, not when one is added.
const Schema = 1

// Report is one benchmark's outcome. Its JSON form is described in docs/json.md,
// and a test holds the two to each other.
type Report struct {
	Schema    int    `json:"schema"`
	Benchmark string `json:"benchmark"`
	// Metric is the name of what the rows' seconds are.
	Metric string `json:"metric"`
	World  World  `json:"world"`
	// Start is how the world came about; nil: nothing is known of it.
	Start *Start `json:"start"`
	Rows  []Row  `json:"rows"`

	text string // of the metric
}

// World is who was measured.
type World struct {
	Size  int `json:"size"`
	Nodes int `json:"nodes"`
	// CPUs are those of rank 0's machine.
	CPUs     int    `json:"cpus"`
	Launcher string `json:"launcher"`
	Engine   string `json:"engine"`
	// Transport is what was asked to carry messages between ranks of a node.
	Transport string `json:"transport"`
	// Algorithm is the one that was asked for; empty: that which the program chose.
	Algorithm string `json:"algorithm"`
}

// Start is where the time went on rank 0 until the world was there, in order.
type Start struct {
	// Spawn is from the launcher's start to that of rank 0's process; 0 if the
	// launcher does not tell when it started.
	Spawn float64 `json:"spawn_seconds"`
	// Detect is until the way to meet was open, Exchange until addresses were
	// known, Connect until the control tree was connected, and Meet until all ranks
	// had come.
	Detect   float64 `json:"detect_seconds"`
	Exchange float64 `json:"exchange_seconds"`
	Connect  float64 `json:"connect_seconds"`
	Meet     float64 `json:"meet_seconds"`
}

// NewReport is the Report of rows of a benchmark.
func NewReport(benchmark string, m Metric, w World, s *Start, rows []Row) Report {
	return Report{Schema: Schema, Benchmark: benchmark, Metric: m.Name, World: w, Start: s, Rows: rows, text: m.Text}
}

// JSON writes r, indented, with a line end.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

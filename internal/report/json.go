package report

import (
	"encoding/json"
	"io"

	"numcomp/internal/job"
)

// SchemaVersion is Document.Schema: it grows when a field changes its meaning or
// goes, not when one is added.
const SchemaVersion = 1

// Document is what JSON writes. Every field is described in docs/json.md, and a
// test holds the two to each other. Numbers are exact: they read back as the same
// float64.
type Document struct {
	Schema           int         `json:"schema"`
	World            World       `json:"world"`
	Workload         Workload    `json:"workload"`
	Iterations       []Row       `json:"iterations"`
	MeanSeconds      float64     `json:"mean_seconds"`
	StdSeconds       float64     `json:"std_seconds"`
	ItemsPerSecond   float64     `json:"items_per_second"`
	BytesDistributed int64       `json:"bytes_distributed"`
	BytesMoved       float64     `json:"bytes_moved"`
	MessagesMoved    float64     `json:"messages_moved"`
	BytesGathered    int64       `json:"bytes_gathered"`
	ResultSHA256     string      `json:"result_sha256"`
	Verify           *Comparison `json:"verify"`
	StartSeconds     float64     `json:"start_seconds"`
	PeakRSSBytes     int64       `json:"peak_rss_bytes"`
	PeakRSSMaxBytes  int64       `json:"peak_rss_max_bytes"`
}

// World is who computed.
type World struct {
	Size          int    `json:"size"`
	Nodes         int    `json:"nodes"`
	SharedNodes   int    `json:"shared_nodes"`
	NotShared     string `json:"not_shared"`
	Launcher      string `json:"launcher"`
	Engine        string `json:"engine"`
	Transport     string `json:"transport"`
	NotShm        string `json:"not_shm"`
	KernelVariant string `json:"kernel_variant"`
}

// Workload is what was computed.
type Workload struct {
	Kernel           string  `json:"kernel"`
	DType            string  `json:"dtype"`
	Array            []int   `json:"array_shape"`
	Params           []int   `json:"params_shape"`
	Result           []int   `json:"result_shape"`
	ArrayBytes       int64   `json:"array_bytes"`
	ParamsBytes      int64   `json:"params_bytes"`
	ResultBytes      int64   `json:"result_bytes"`
	Items            int     `json:"items"`
	ItemsFrom        string  `json:"items_from"`
	OneArray         bool    `json:"one_array"`
	OneParams        bool    `json:"one_params"`
	Distribution     string  `json:"distribution"`
	Schedule         string  `json:"schedule"`
	InPlace          bool    `json:"in_place"`
	Chunk            int     `json:"chunk"`
	Iterations       int     `json:"iterations"`
	Burns            int     `json:"burns"`
	WorkSeconds      float64 `json:"work_seconds"`
	WorkMode         string  `json:"work_mode"`
	Mode             string  `json:"mode"`
	Boundary         string  `json:"boundary"`
	FillValue        Number  `json:"fill_value"`
	Stride           int     `json:"stride"`
	Compute          string  `json:"compute"`
	Method           string  `json:"method"`
	Fill             string  `json:"fill"`
	Seed             uint64  `json:"seed"`
	Input            string  `json:"input"`
	Filters          string  `json:"filters"`
	RootDataBytes    int64   `json:"root_data_bytes"`
	AllRankDataBytes int64   `json:"all_ranks_data_bytes"`
}

// Row is one iteration; also of the CSV.
type Row struct {
	Index                 int     `json:"index"`
	Burn                  bool    `json:"burn"`
	Seconds               float64 `json:"seconds"`
	DistributeSeconds     float64 `json:"distribute_seconds"`
	ComputeSeconds        float64 `json:"compute_seconds"`
	GatherSeconds         float64 `json:"gather_seconds"`
	IdleSeconds           float64 `json:"idle_seconds"`
	DistributeMeanSeconds float64 `json:"distribute_mean_seconds"`
	ComputeMeanSeconds    float64 `json:"compute_mean_seconds"`
	GatherMeanSeconds     float64 `json:"gather_mean_seconds"`
	IdleMeanSeconds       float64 `json:"idle_mean_seconds"`
	BytesMoved            int64   `json:"bytes_moved"`
	MessagesMoved         int64   `json:"messages_moved"`
}

// Comparison is how the results compared with the reference kernel's.
type Comparison struct {
	Passed       bool   `json:"passed"`
	MaxULP       Number `json:"max_ulp"`
	ToleranceULP Number `json:"tolerance_ulp"`
}

// NewDocument is the Document of a finished job.
func NewDocument(r *job.Result) Document {
	p, cfg := r.Plan, r.Plan.Config
	shape := func(rows, cols int) []int {
		if rows == 0 {
			return []int{}
		}
		return []int{rows, cols}
	}
	bytes := func(rows, cols int) int64 { return int64(rows) * int64(cols) * int64(cfg.DType.Bytes()) }
	d := Document{
		Schema: SchemaVersion,
		World: World{
			Size: r.World.Size, Nodes: r.World.Nodes, SharedNodes: r.World.SharedNodes, NotShared: r.World.NotShared,
			Launcher: r.World.Launcher, Engine: r.World.Engine, Transport: r.World.Transport, NotShm: r.World.NotShm,
			KernelVariant: r.World.Variant,
		},
		Workload: Workload{
			Kernel: cfg.Kernel, DType: string(cfg.DType),
			Array: shape(p.Array.Rows, p.Array.Cols), ArrayBytes: bytes(p.Array.Rows, p.Array.Cols),
			Params: shape(p.Params.Rows, p.Params.Cols), ParamsBytes: bytes(p.Params.Rows, p.Params.Cols),
			Result: shape(p.Result.Rows, p.Result.Cols), ResultBytes: bytes(p.Result.Rows, p.Result.Cols),
			Items: p.Items, ItemsFrom: p.ItemsFrom, OneArray: p.OneArray, OneParams: p.OneParams,
			Distribution: string(cfg.Distribution), Schedule: string(cfg.Schedule), InPlace: cfg.InPlace, Chunk: cfg.Chunk,
			Iterations: cfg.Iterations, Burns: cfg.Burns, WorkSeconds: cfg.WorkTime.Seconds(), WorkMode: string(cfg.WorkMode),
			Mode: cfg.Options.Mode.String(), Boundary: cfg.Options.Boundary.String(),
			FillValue: Number(cfg.Options.FillValue), Stride: cfg.Options.Stride, Compute: compute(cfg.Options), Method: cfg.Options.Method.String(),
			Fill: string(cfg.Fill), Seed: cfg.Seed, Input: cfg.Input, Filters: cfg.Filters,
			RootDataBytes: r.Footprint.Total(), AllRankDataBytes: r.FootprintAll.Total(),
		},
		Iterations:  make([]Row, 0, len(r.Iterations)),
		MeanSeconds: r.MeanSeconds, StdSeconds: r.StdSeconds, ItemsPerSecond: r.ItemsPerSecond,
		BytesDistributed: r.BytesDistributed, BytesMoved: r.BytesMoved, MessagesMoved: r.MessagesMoved, BytesGathered: r.BytesGathered,
		ResultSHA256: r.SHA256,
		StartSeconds: r.StartSeconds, PeakRSSBytes: r.PeakRSS, PeakRSSMaxBytes: r.PeakRSSMax,
	}
	for _, it := range r.Iterations {
		d.Iterations = append(d.Iterations, newRow(it))
	}
	if cfg.Verify {
		d.Verify = &Comparison{Passed: r.Verified, MaxULP: Number(r.MaxULP), ToleranceULP: Number(r.Tolerance)}
	}
	return d
}

func newRow(it job.Iteration) Row {
	return Row{
		Index: it.Index, Burn: it.Burn, Seconds: it.Seconds,
		DistributeSeconds: it.Distribute.Max, ComputeSeconds: it.Compute.Max, GatherSeconds: it.Gather.Max, IdleSeconds: it.Idle.Max,
		DistributeMeanSeconds: it.Distribute.Mean, ComputeMeanSeconds: it.Compute.Mean, GatherMeanSeconds: it.Gather.Mean, IdleMeanSeconds: it.Idle.Mean,
		BytesMoved: it.BytesMoved, MessagesMoved: it.MessagesMoved,
	}
}

// JSON writes r as a Document, indented, with a line end.
func JSON(w io.Writer, r *job.Result) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(NewDocument(r))
}

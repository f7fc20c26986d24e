package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"numcomp/internal/job"
	"numcomp/kernels"
)

var update = flag.Bool("update", false, "write the golden files anew")

// finished is the Result of a job that never was.
func finished() *job.Result {
	cfg := job.Default()
	cfg.Items, cfg.Iterations, cfg.Burns, cfg.Input, cfg.Verify = 48, 2, 1, "image.npy", true
	cfg.Schedule, cfg.Distribution, cfg.WorkTime = job.Dynamic, job.Broadcast, 1500*time.Millisecond
	seconds := func(mean, most float64) job.Seconds { return job.Seconds{Mean: mean, Max: most} }
	return &job.Result{
		World: job.World{Size: 4, Nodes: 1, Launcher: "openmpi", Engine: "tcp", Kernel: "conv2d", Variant: "go"},
		Plan: job.Plan{
			Config: cfg, Array: kernels.Shape{Rows: 3000, Cols: 3000}, Params: kernels.Shape{Rows: 4, Cols: 4}, Result: kernels.Shape{Rows: 601, Cols: 601},
			Items: 48, ItemsFrom: "--items 48", OneArray: true,
		},
		Footprint:    job.Footprint{Arrays: 72000000, Params: 6144, Results: 138701184},
		FootprintAll: job.Footprint{Arrays: 288000000, Params: 7000, Results: 200000000},
		Iterations: []job.Iteration{
			{Index: 0, Burn: true, Seconds: 12.5, Distribute: seconds(1, 2), Compute: seconds(3, 4), Gather: seconds(0.5, 0.75), Idle: seconds(8, 9), BytesMoved: 350000001, MessagesMoved: 61},
			{Index: 1, Seconds: 0.1 + 0.2, Distribute: seconds(0.01, 0.02), Compute: seconds(0.1, 0.11), Gather: seconds(0.000123456, 0.00098765), Idle: seconds(0, 0), BytesMoved: 350000001, MessagesMoved: 61},
			{Index: 2, Seconds: 0.5, Distribute: seconds(0.03, 0.04), Compute: seconds(0.3, 0.31), Gather: seconds(0.0001, 0.001), Idle: seconds(0.1, 0.2), BytesMoved: 350000002, MessagesMoved: 64},
		},
		MeanSeconds: 0.4, StdSeconds: 0.1, ItemsPerSecond: 120,
		BytesDistributed: 288006144, BytesGathered: 138701184, BytesMoved: 350000001.5, MessagesMoved: 62.5,
		SHA256:   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		Verified: true, MaxULP: 1.25, Tolerance: 16,
		StartSeconds: 0.0421, PeakRSS: 250 << 20, PeakRSSMax: 251 << 20,
	}
}

// single is a job of one rank and a kernel without parameters, at its plainest.
func single() *job.Result {
	r := finished()
	cfg := &r.Plan.Config
	cfg.Kernel, cfg.Schedule, cfg.Distribution, cfg.WorkTime, cfg.Input, cfg.DType, cfg.Verify = "exp", job.Static, job.Scatter, 0, "", job.Float32, false
	r.World = job.World{Size: 1, Nodes: 1, Kernel: "exp", Variant: "reference"}
	r.Plan.Params, r.Plan.OneArray, r.Plan.OneParams, r.Plan.Result = kernels.Shape{}, false, true, r.Plan.Array
	r.BytesMoved, r.MessagesMoved, r.PeakRSS, r.StartSeconds, r.Verified = 0, 0, 0, 0, false
	return r
}

func golden(t *testing.T, name string, write func(io.Writer, *job.Result) error, r *job.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, r := range map[string]*job.Result{"broadcast": finished(), "single": single()} {
		text := golden(t, name+".txt", Text, r)
		for line := range strings.Lines(text) {
			if n := len(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
			if strings.HasSuffix(line, " \n") {
				t.Errorf("%s: a line ends in a space: %q", name, line)
			}
		}
		golden(t, name+".json", JSON, r)
		golden(t, name+".csv", CSV, r)
	}
}

package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"numcomp/internal/job"
	"numcomp/internal/words"
	"numcomp/kernels"
)

// Text writes all of a finished job: Head, every Iteration, Tail.
func Text(w io.Writer, r *job.Result) error {
	if err := Head(w, r); err != nil {
		return err
	}
	for _, it := range r.Iterations {
		if err := Iteration(w, it); err != nil {
			return err
		}
	}
	return Tail(w, r)
}

// Head writes what is known before the first iteration: what job.Options.Started
// is given. Its first two lines are Python's.
func Head(w io.Writer, r *job.Result) error {
	p := r.Plan
	cfg := p.Config
	var b strings.Builder
	fmt.Fprintf(&b, "Number of images: %d\n", p.Items)
	fmt.Fprintf(&b, "Number of workers: %d\n", r.World.Size)
	line := labelled(&b)
	shape := func(s kernels.Shape) string {
		return fmt.Sprintf("%v %s (%s)", s, cfg.DType, job.FormatBytes(int64(s.Rows)*int64(s.Cols)*int64(cfg.DType.Bytes())))
	}
	line("Array", "%s, %s, %s", shape(p.Array), ownership(p.OneArray), origin(cfg.Input, string(cfg.Fill), cfg))
	if p.Params != (kernels.Shape{}) {
		line("Filter", "%s, %s, %s", shape(p.Params), ownership(p.OneParams), origin(cfg.Filters, "random", cfg))
	}
	line("Result", "%s", shape(p.Result))
	line("Kernel", "%s, variant %s", r.World.Kernel, r.World.Variant)
	if s := settings(cfg); s != "" {
		line("Options", "%s", s)
	}
	line("Schedule", "%s, %s%s%s", cfg.Distribution, cfg.Schedule, chunks(cfg), inPlace(cfg))
	line("Items", "%d, by %s", p.Items, p.ItemsFrom)
	line("Work time", "%s", workTime(cfg))
	line("World", "%s on %s%s", words.Count(r.World.Size, "rank"), words.Count(r.World.Nodes, "node"), started(r.World))
	if r.NotShared != nil {
		line("Not shared", "ranks of a node have copies of their own: %v", r.NotShared)
	}
	line("Memory", "%s on rank 0, %s on all ranks (data)", job.FormatBytes(r.Footprint.Total()), job.FormatBytes(r.FootprintAll.Total()))
	_, err := io.WriteString(w, b.String())
	return err
}

// labelled returns a function that writes a line "Name: text" to b.
func labelled(b *strings.Builder) func(name, format string, args ...any) {
	return func(name, format string, args ...any) {
		fmt.Fprintf(b, "%-14s %s\n", name+":", fmt.Sprintf(format, args...))
	}
}

// origin says where data are from: the file, or what they were filled with.
func origin(file, fill string, cfg job.Config) string {
	switch {
	case file != "":
		return "from " + file
	case fill == string(job.Random):
		return fmt.Sprintf("random by seed %d", cfg.Seed)
	}
	return fill
}

func ownership(one bool) string {
	if one {
		return "one for all items"
	}
	return "one an item"
}

func inPlace(cfg job.Config) string {
	if cfg.InPlace {
		return ", in place"
	}
	return ""
}

func chunks(cfg job.Config) string {
	switch {
	case cfg.Schedule != job.Dynamic:
		return ""
	case cfg.Chunk > 0:
		return fmt.Sprintf(", chunks of %d", cfg.Chunk)
	}
	return ", guided chunks"
}

func workTime(cfg job.Config) string {
	if cfg.WorkTime == 0 {
		return "none: every item is computed once"
	}
	if cfg.WorkMode == job.Sleep {
		return fmt.Sprintf("%s seconds an item, asleep", FormatSeconds(cfg.WorkTime.Seconds()))
	}
	return fmt.Sprintf("%s seconds an item", FormatSeconds(cfg.WorkTime.Seconds()))
}

func started(w job.World) string {
	s := ""
	if w.Launcher != "" {
		s += ", launcher " + w.Launcher
	}
	if w.Engine != "" {
		s += ", engine " + w.Engine
	}
	return s
}

// settings are the options that the kernel heeds, by the registry.
func settings(cfg job.Config) string {
	entry, _ := kernels.Lookup(cfg.Kernel)
	var words []string
	for _, s := range entry.Settings {
		switch o := cfg.Options; s.Name {
		case "mode":
			words = append(words, "mode "+o.Mode.String())
		case "boundary":
			words = append(words, "boundary "+o.Boundary.String())
		case "fill-value":
			if o.Boundary == kernels.BoundaryFill {
				words = append(words, fmt.Sprintf("fill value %v", o.FillValue))
			}
		case "stride":
			words = append(words, fmt.Sprintf("stride %d", o.Stride))
		case "compute":
			words = append(words, "compute "+compute(o))
		case "method":
			if o.Method != kernels.MethodDirect {
				words = append(words, "method "+o.Method.String())
			}
		}
	}
	return strings.Join(words, ", ")
}

func compute(o kernels.Options) string {
	if o.ComputeAll {
		return "all"
	}
	return "kept"
}

// Iteration writes Python's line of one iteration. It needs no more than Index and
// Seconds, which job.Options.Iterated has.
func Iteration(w io.Writer, it job.Iteration) error {
	_, err := fmt.Fprintf(w, "Time for iteration %d is %s seconds\n", it.Index, FormatSeconds(it.Seconds))
	return err
}

// Tail writes what is known at the end: Python's two lines, where the time went,
// and what else was measured.
func Tail(w io.Writer, r *job.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Average time: %s second(s)\n", FormatSeconds(r.MeanSeconds))
	fmt.Fprintf(&b, "Standard deviation: %s second(s)\n", FormatSeconds(r.StdSeconds))
	phases(&b, r)
	line := labelled(&b)
	line("Rate", "%s items per second", significant(r.ItemsPerSecond, 1))
	line("Distributed", "%s an iteration", job.FormatBytes(r.BytesDistributed))
	// Ranks that computed together and moved nothing did not count.
	if r.World.Size == 1 || r.MessagesMoved > 0 {
		line("Moved", "%s an iteration in %s messages", job.FormatBytes(int64(math.Round(r.BytesMoved))), strconv.FormatFloat(math.Round(10*r.MessagesMoved)/10, 'f', -1, 64))
	}
	line("Gathered", "%s an iteration", job.FormatBytes(r.BytesGathered))
	if r.PeakRSS > 0 {
		line("Peak memory", "%s on rank 0, %s at most on a rank", job.FormatBytes(r.PeakRSS), job.FormatBytes(r.PeakRSSMax))
	}
	if r.StartSeconds > 0 {
		line("Start-up", "%s seconds", FormatSeconds(r.StartSeconds))
	}
	if r.Plan.Config.Verify {
		line("Verification", "%s", verification(r))
	}
	line("SHA-256", "%s", r.SHA256)
	_, err := io.WriteString(w, b.String())
	return err
}

// phases writes the table of where the time went.
func phases(b *strings.Builder, r *job.Result) {
	counted := r.Counted()
	if len(counted) == 0 {
		return
	}
	n := float64(len(counted))
	fmt.Fprintf(b, "\nWhere the time went [seconds, mean of %s]\n", words.Count(len(counted), "iteration"))
	fmt.Fprintf(b, "%-12s %14s %14s %12s\n", "Phase", "Mean of ranks", "Longest rank", "Mean [%]")
	for _, phase := range []struct {
		name string
		of   func(job.Iteration) job.Seconds
	}{
		{"distribute", func(it job.Iteration) job.Seconds { return it.Distribute }},
		{"compute", func(it job.Iteration) job.Seconds { return it.Compute }},
		{"gather", func(it job.Iteration) job.Seconds { return it.Gather }},
		{"idle", func(it job.Iteration) job.Seconds { return it.Idle }},
	} {
		var mean, longest float64
		for _, it := range counted {
			s := phase.of(it)
			mean += s.Mean
			longest += s.Max
		}
		mean, longest = mean/n, longest/n
		share := 0.0
		if r.MeanSeconds > 0 {
			share = 100 * mean / r.MeanSeconds
		}
		fmt.Fprintf(b, "%-12s %14s %14s %12.1f\n", phase.name, FormatSeconds(mean), FormatSeconds(longest), share)
	}
	b.WriteString("\n")
}

func verification(r *job.Result) string {
	if !r.Verified {
		return fmt.Sprintf("failed: %s ULP from the reference, %s accepted", significant(r.MaxULP, 3), significant(r.Tolerance, 1))
	}
	if r.MaxULP == 0 {
		return "every item equals the reference, bit for bit"
	}
	return fmt.Sprintf("every item within %s ULP of the reference, %s accepted", significant(r.MaxULP, 3), significant(r.Tolerance, 1))
}

// FormatSeconds writes s without an exponent, with at least 3 decimals and at
// least 3 significant digits: "12.345", "0.00123", "0.000".
func FormatSeconds(s float64) string { return significant(s, 3) }

// significant writes x without an exponent, with at least that many decimals and
// at least 3 significant digits.
func significant(x float64, decimals int) string {
	if x != 0 && !math.IsInf(x, 0) && !math.IsNaN(x) {
		// The digits of x begin 10^exponent: 3 of them end 2 places further.
		exponent := int(math.Floor(math.Log10(math.Abs(x))))
		decimals = max(decimals, 2-exponent)
	}
	return strconv.FormatFloat(x, 'f', decimals, 64)
}

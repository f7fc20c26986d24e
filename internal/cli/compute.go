package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"numcomp/comm"
	"numcomp/comm/rendezvous"
	"numcomp/internal/job"
	"numcomp/internal/npy"
	"numcomp/internal/report"
	"numcomp/internal/wholefile"
)

// world is the world that a rank has joined, and what is reported of it.
type world struct {
	comm             *comm.Comm
	launcher, engine string
	host             string        // this machine's name, for messages
	start            time.Duration // from the start of the process to the world
	carries          carries
	moved            func() (messages, bytes int64) // what this rank's transport has sent; nil: unknown
	times            *startTimes                    // where start went; nil: a world of one has none
	// Of a world with a control tree: this rank's place in it, and who the ranks are.
	control *rendezvous.Control
	peers   *rendezvous.Peers
	// Of a world that carries messages by TCP: the addresses that ranks told, where
	// this one listens, and whether an address leads to a rank.
	addrsOf func(rank int) []netip.AddrPort // nil: by another engine
	addrs   []netip.AddrPort
	probe   func(ctx context.Context, to int, addr netip.AddrPort) error
}

// compute is collective: it runs the job on the world's ranks. Rank 0 reads the
// input, tells what is going on, and writes what came out.
func (p *process) compute(ctx context.Context, w world, o *Options) error {
	cfg := o.Job
	cfg.KeepResults = o.Output != ""
	out := &reporter{process: p, options: o, text: p.stdout, host: w.host}
	defer out.release()
	if o.JSON == "-" || o.CSV == "-" {
		out.text = p.stderr // standard output is for programs then
	}
	activity := job.NewActivity()
	defer p.watch(ctx, w, activity)()
	result, err := job.Run(ctx, w.comm, cfg, job.Options{
		Load:     out.load,
		Activity: activity,
		Launcher: w.launcher, Engine: w.engine, Transport: w.carries.name, NotShm: w.carries.reason,
		Start: w.start, Moved: w.moved, Host: w.host,
		Started:  out.started,
		Items:    out.items(itemsProgress(p.progress(), cfg.Burns+cfg.Iterations), w.comm.Size()),
		Iterated: out.iterated,
	})
	if result == nil {
		return err
	}
	defer result.Close()
	if w.comm.Rank() != 0 {
		return err
	}
	return errors.Join(out.finished(result, err), err)
}

// reporter is rank 0's side of a job.
type reporter struct {
	process *process
	options *Options
	text    io.Writer
	host    string
	err     error    // the first one of writing text
	free    []func() // what load has taken
}

func (r *reporter) release() {
	for _, free := range r.free {
		free()
	}
}

func (r *reporter) keep(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("cannot write the report: %w", err)
	}
}

// load sees that the outputs can be written, before anything is computed, and
// reads the input.
func (r *reporter) load() (*job.Input, error) {
	if path := r.options.Output; path != "" {
		if err := wholefile.Check(path); err != nil {
			return nil, usagef("--output: %w", err)
		}
	}
	for _, file := range r.options.documents() {
		if err := checkDocument(file.path); err != nil {
			return nil, usagef("%s: %w", dashed(file.flag), err)
		}
	}
	in := &job.Input{}
	for _, file := range []struct {
		flag, path string
		dst        **job.Stack
	}{{"input", r.options.Job.Input, &in.Arrays}, {"filters", r.options.Job.Filters, &in.Filters}} {
		if file.path == "" {
			continue
		}
		stack, free, err := readStack(file.path, r.host)
		if err != nil {
			return nil, usagef("%s: %w", dashed(file.flag), err)
		}
		*file.dst = stack
		r.free = append(r.free, free)
	}
	return in, nil
}

func (r *reporter) started(result *job.Result) {
	if advice := job.SizeAdvice(r.options.SizeText, r.options.Job.Size); advice != "" && r.options.SizeText != "" {
		fmt.Fprintln(r.process.stderr, "numcomp:", advice)
	}
	r.keep(report.Head(r.text, result))
}

// items makes of show what the job calls. Under the static schedule rank 0 knows
// of its own items alone: the others' take as long, so its share stands for all.
func (r *reporter) items(show func(iteration, done, total int), size int) func(iteration, done, total int) {
	if show == nil || r.options.Job.Schedule != job.Static {
		return show
	}
	return func(iteration, done, total int) {
		share := max(1, total/size)
		show(iteration, min(total, int(float64(done)/float64(share)*float64(total))), total)
	}
}

func (r *reporter) iterated(it job.Iteration) { r.keep(report.Iteration(r.text, it)) }

// finished writes what came out. Results that failed verification are told of,
// and not written.
func (r *reporter) finished(result *job.Result, failed error) error {
	r.keep(report.Tail(r.text, result))
	errs := []error{r.err}
	if path := r.options.Output; path != "" && failed == nil {
		errs = append(errs, writeResults(path, result))
	}
	for _, file := range r.options.documents() {
		write := func(w io.Writer) error { return file.write(w, result) }
		if file.path == "-" {
			errs = append(errs, write(r.process.stdout))
		} else {
			errs = append(errs, writeDocument(file.path, write))
		}
	}
	return errors.Join(errs...)
}

func writeResults(path string, result *job.Result) error {
	shape := []int{result.Plan.Items, result.Plan.Result.Rows, result.Plan.Result.Cols}
	if result.Plan.Config.DType == job.Float32 {
		return npy.Write(path, shape, result.Values32)
	}
	return npy.Write(path, shape, result.Values64)
}

// document is a file of measurements.
type document struct {
	flag, path string
	write      func(io.Writer, *job.Result) error
}

// documents are those that were asked for.
func (o *Options) documents() []document {
	var asked []document
	for _, d := range []document{{"json", o.JSON, report.JSON}, {"csv", o.CSV, report.CSV}} {
		if d.path != "" {
			asked = append(asked, d)
		}
	}
	return asked
}

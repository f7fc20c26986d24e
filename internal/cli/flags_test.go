package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/internal/job"
	"numcomp/internal/netaddr"
	"numcomp/kernels"
)

// call runs the command line in this process, with ranks in the place of the world.
func call(t *testing.T, ranks ranksFunc, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &process{
		args: args, env: func(string) (string, bool) { return "", false },
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs, ranks: ranks,
	}
	status = p.run(context.Background())
	return status, out.String(), errs.String()
}

// unreachable is a world that a test must not get to.
func unreachable(t *testing.T) ranksFunc {
	return func(context.Context, *process, *Options) error {
		t.Error("the computation was started")
		return nil
	}
}

// parse is what the root command makes of args.
func parse(t *testing.T, args ...string) *Options {
	t.Helper()
	var got *Options
	status, _, stderr := call(t, func(_ context.Context, _ *process, o *Options) error { got = o; return nil }, args...)
	if status != 0 || got == nil {
		t.Fatalf("%v: status %d: %s", args, status, stderr)
	}
	return got
}

func TestDefaults(t *testing.T) {
	got := parse(t)
	want := &Options{Job: job.Default(), Rank: -1, Engine: "auto", Transport: "auto", StartTimeout: time.Minute}
	got.work = nil // functions cannot be compared
	if !reflect.DeepEqual(got, want) {
		t.Errorf("without flags: %+v, want %+v", got, want)
	}
}

// TestEveryFlag gives every flag of the computation a value, and wants it where
// it belongs; a flag without a row here fails.
func TestEveryFlag(t *testing.T) {
	ports := netaddr.PortRange{Min: 20000, Max: 20100}
	rows := []struct {
		args string
		got  func(o *Options) any
		want any
	}{
		{"--num-workers 3", func(o *Options) any { return o.NumWorkers }, 3},
		{"--num_workers 3", func(o *Options) any { return o.NumWorkers }, 3},
		{"--head n1:7 --rank 0 --world-size 2", func(o *Options) any { return []any{o.HeadHost, o.HeadPort, o.Rank, o.WorldSize} }, []any{"n1", 7, 0, 2}},
		{"--ipaddress n1 --rank 1 --world-size 2", func(o *Options) any { return []any{o.HeadHost, o.HeadPort, o.Rank, o.WorldSize} }, []any{"n1", 0, 1, 2}},
		{"--key-file k", func(o *Options) any { return o.KeyFile }, "k"},
		{"--insecure", func(o *Options) any { return o.Insecure }, true},
		{"--bootstrap head", func(o *Options) any { return o.Bootstrap }, "head"},
		{"--engine tcp", func(o *Options) any { return o.Engine }, "tcp"},
		{"--transport shm", func(o *Options) any { return o.Transport }, "shm"},
		{"--iface lo,^docker*", func(o *Options) any { return o.Interfaces.String() }, "lo,^docker*"},
		{"--port-range 20000-20100", func(o *Options) any { return o.Ports }, ports},
		{"--port-range 20000:20100", func(o *Options) any { return o.Ports }, ports},
		{"--timeout 90", func(o *Options) any { return o.Timeout }, 90 * time.Second},
		{"--timeout none", func(o *Options) any { return o.Timeout }, time.Duration(0)},
		{"--start-timeout 1m30s", func(o *Options) any { return o.StartTimeout }, 90 * time.Second},
		{"--iterations 3", func(o *Options) any { return o.Job.Iterations }, 3},
		{"--burns 0", func(o *Options) any { return o.Job.Burns }, 0},
		{"--size 30x40", func(o *Options) any { return []any{o.Job.Size, o.SizeText} }, []any{kernels.Shape{Rows: 30, Cols: 40}, "30x40"}},
		{"--size 10000000", func(o *Options) any { return []any{o.Job.Size, o.SizeText} }, []any{kernels.Shape{Rows: 3125, Cols: 3200}, "10000000"}},
		{"--mem 512MiB", func(o *Options) any { return o.Job.Mem }, int64(512 << 20)},
		{"--items 7", func(o *Options) any { return o.Job.Items }, 7},
		{"--work-time 0.25", func(o *Options) any { return o.Job.WorkTime }, 250 * time.Millisecond},
		{"--work_time 0.25", func(o *Options) any { return o.Job.WorkTime }, 250 * time.Millisecond},
		{"--runtime 2", func(o *Options) any { return o.Job.WorkTime }, 2 * time.Second},
		{"--work-mode sleep", func(o *Options) any { return o.Job.WorkMode }, job.Sleep},
		{"--distribution scatter", func(o *Options) any { return o.Job.Distribution }, job.Scatter},
		{"--schedule dynamic --chunk 5", func(o *Options) any { return []any{o.Job.Schedule, o.Job.Chunk} }, []any{job.Dynamic, 5}},
		{"--kernel exp", func(o *Options) any { return o.Job.Kernel }, "exp"},
		{"--filter 3x5", func(o *Options) any { return o.Job.Filter }, kernels.Shape{Rows: 3, Cols: 5}},
		{"--stride 1", func(o *Options) any { return o.Job.Options.Stride }, 1},
		{"--mode valid", func(o *Options) any { return o.Job.Options.Mode }, kernels.Valid},
		{"--boundary symm", func(o *Options) any { return o.Job.Options.Boundary }, kernels.BoundarySymm},
		{"--fill-value -1.5", func(o *Options) any { return o.Job.Options.FillValue }, -1.5},
		{"--compute all", func(o *Options) any { return o.Job.Options.ComputeAll }, true},
		{"--method fft", func(o *Options) any { return o.Job.Options.Method }, kernels.MethodFFT},
		{"--compute kept", func(o *Options) any { return o.Job.Options.ComputeAll }, false},
		{"--fill ramp", func(o *Options) any { return o.Job.Fill }, job.Ramp},
		{"--seed 18446744073709551615", func(o *Options) any { return o.Job.Seed }, ^uint64(0)},
		{"--input a.npy", func(o *Options) any { return o.Job.Input }, "a.npy"},
		{"--filters f.npy", func(o *Options) any { return o.Job.Filters }, "f.npy"},
		{"--output r.npy", func(o *Options) any { return o.Output }, "r.npy"},
		{"--dtype float32", func(o *Options) any { return o.Job.DType }, job.Float32},
		{"--in-place", func(o *Options) any { return o.Job.InPlace }, true},
		{"--verify", func(o *Options) any { return o.Job.Verify }, true},
		{"--json -", func(o *Options) any { return o.JSON }, "-"},
		{"--csv m.csv", func(o *Options) any { return o.CSV }, "m.csv"},
		{"-v", func(o *Options) any { return o.Verbose }, true},
		{"--verbose=false", func(o *Options) any { return o.Verbose }, false},
	}
	seen := map[string]bool{"help": true, "version": true, "multinode": true}
	for _, row := range rows {
		args := strings.Fields(row.args)
		if got := row.got(parse(t, args...)); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %v, want %v", row.args, got, row.want)
		}
		for _, arg := range args {
			if name, isFlag := strings.CutPrefix(arg, "--"); isFlag {
				name, _, _ = strings.Cut(name, "=")
				seen[name] = true
			}
		}
	}
	for _, o := range optionsOf(rootFlags(newOptions())) {
		if !seen[o.name] {
			t.Errorf("--%s has no row in this test", o.name)
		}
	}
}

// everyCommand calls f with every command's context name and flags.
func everyCommand(t *testing.T, f func(path []string, flags []cli.Flag)) {
	p := &process{ranks: unreachable(t), args: []string{benchName}}
	app := p.app(io.Discard)
	f(nil, app.Flags)
	var walk func(path []string, commands []*cli.Command)
	walk = func(path []string, commands []*cli.Command) {
		for _, c := range commands {
			below := append(append([]string{}, path...), c.Name)
			f(below, c.Flags)
			walk(below, c.Subcommands)
		}
	}
	walk(nil, app.Commands)
}

// TestHelpFits: help names every flag, with its group, within 80 columns.
func TestHelpFits(t *testing.T) {
	everyCommand(t, func(path []string, flags []cli.Flag) {
		status, stdout, stderr := call(t, unreachable(t), append(path, "--help")...)
		if status != 0 || stderr != "" {
			t.Errorf("%v --help: status %d, standard error %q", path, status, stderr)
		}
		for _, line := range strings.Split(stdout, "\n") {
			if len(line) > helpWidth || strings.HasSuffix(line, " ") || strings.Contains(line, "\t") {
				t.Errorf("%v --help: %q: more than %d columns, or blanks at the end", path, line, helpWidth)
			}
		}
		for _, o := range optionsOf(flags) {
			if o.hidden {
				continue
			}
			if o.group == "" || o.usage == "" {
				t.Errorf("%v: %s has no group or no text", path, o.name)
			}
			if !strings.Contains(stdout, dashed(o.name)) {
				t.Errorf("%v --help does not tell of %s", path, dashed(o.name))
			}
		}
	})
}

// TestEveryBadValue gives every flag of every command an impossible value: the
// error names the flag and the value, with status 2, on standard error, in one
// line and one of advice.
func TestEveryBadValue(t *testing.T) {
	const impossible = "\x00 no/such:[value"
	everyCommand(t, func(path []string, flags []cli.Flag) {
		for _, o := range optionsOf(flags) {
			for _, name := range o.spellings() {
				arg := dashed(name) + "=" + impossible
				status, stdout, stderr := call(t, unreachable(t), append(append([]string{}, path...), arg)...)
				if lines := strings.Count(stderr, "\n"); status != statusUsage || stdout != "" || lines != 2 {
					t.Errorf("%v %q: status %d, standard output %q, standard error %q", path, arg, status, stdout, stderr)
				}
				if want := fmt.Sprintf("numcomp: %s: %q", dashed(name), impossible); !strings.HasPrefix(stderr, want) {
					t.Errorf("%v %q: %q does not begin with %q", path, arg, stderr, want)
				}
			}
		}
	})
}

// TestNoValue: a flag at the end of the line says what it needs.
func TestNoValue(t *testing.T) {
	everyCommand(t, func(path []string, flags []cli.Flag) {
		for _, o := range optionsOf(flags) {
			if o.arg == "" {
				continue
			}
			status, _, stderr := call(t, unreachable(t), append(append([]string{}, path...), dashed(o.name))...)
			if want := fmt.Sprintf("numcomp: %s: needs a value, %s\n", dashed(o.name), o.arg); status != statusUsage || !strings.HasPrefix(stderr, want) {
				t.Errorf("%v %s: status %d, %q, want %q", path, o.name, status, stderr, want)
			}
		}
	})
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		stderr string
	}{
		{nil, 0, ""},
		{errors.New("rank 3 died"), 1, "numcomp: rank 3 died\n"},
		{fmt.Errorf("wrapped: %w", &job.UsageError{Text: "no items"}), 2, "numcomp: wrapped: no items\n"},
		{usagef("bad").withHint("try"), 2, "numcomp: bad\ntry\n"},
		{&job.RankError{Rank: 0, Mine: true, Err: &job.VerifyError{}}, 3, ""},
		{&statusError{status: 130}, 130, ""},
		{&statusError{status: 7, err: errors.New("said")}, 7, "numcomp: said\n"},
	} {
		status, stdout, stderr := call(t, func(context.Context, *process, *Options) error { return c.err })
		if status != c.status || stdout != "" || c.stderr != "" && stderr != c.stderr {
			t.Errorf("%v: status %d, standard output %q, standard error %q, want %d and %q", c.err, status, stdout, stderr, c.status, c.stderr)
		}
		if status == 130 && stderr != "" {
			t.Errorf("a silent status said %q", stderr)
		}
	}
}

// TestOneRankSpeaks: of the ranks that a launcher started with a wrong command
// line, rank 0 says so; another is silent if the launcher ends it, and speaks if
// nobody does.
func TestOneRankSpeaks(t *testing.T) {
	started := func(ctx context.Context, rank string) (int, string) {
		env := map[string]string{"OMPI_COMM_WORLD_RANK": rank, "OMPI_COMM_WORLD_SIZE": "3"}
		var stdout, stderr bytes.Buffer
		p := &process{
			args: []string{"--siez", "1"}, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, ranks: unreachable(t),
			env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		}
		return p.run(ctx), stderr.String()
	}
	ended, end := context.WithCancel(context.Background())
	end()
	for _, c := range []struct {
		ctx    context.Context
		rank   string
		speaks bool
	}{{ended, "0", true}, {ended, "2", false}, {context.Background(), "2", true}} {
		status, stderr := started(c.ctx, c.rank)
		if status != statusUsage || (stderr != "") != c.speaks {
			t.Errorf("rank %s: status %d, standard error %q; want it to speak: %v", c.rank, status, stderr, c.speaks)
		}
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
	"numcomp/internal/job"
)

const groupMeasurement = "Measurement"

// measurement is what a benchmark was told.
type measurement struct {
	*Options
	name   string
	effort bench.Effort
	// sizes is --sizes; least and most, else, are the first and last of sizes by
	// powers of two.
	sizes       []int
	least, most int
	asked       bool // for sizes: none may be left out
	element     int  // sizes are multiples of it, in bytes
	algorithm   string
}

func newMeasurement(name string) *measurement {
	m := &measurement{
		Options: newOptions(), name: name, element: 1,
		effort: bench.Effort{WarmUp: 20 * time.Millisecond, Time: 200 * time.Millisecond},
	}
	m.defaultWorkers = 2
	return m
}

// effortFlags say how long is measured, each row of the table.
func (m *measurement) effortFlags() []cli.Flag {
	return []cli.Flag{
		&option{name: "time", group: groupMeasurement, arg: "D", def: m.effort.Time.String(), usage: "measure a row for about so long, in seconds or as 500ms; 5 rounds at least",
			set: durationValue(&m.effort.Time, "a duration", false)},
		&option{name: "rounds", group: groupMeasurement, arg: "N", def: "by --time", usage: "measure exactly so many rounds a row",
			set: intValue(&m.effort.Rounds, 1, "a number of rounds")},
		&option{name: "warm-up", group: groupMeasurement, arg: "D", def: m.effort.WarmUp.String(), usage: "play rounds for so long first, uncounted; or 0",
			set: workTimeValue(&m.effort.WarmUp)},
	}
}

// sizeFlags say which messages are measured, from least to most bytes unless said.
func (m *measurement) sizeFlags(least, most int, what string) []cli.Flag {
	m.least, m.most = least, most
	given := func(set func(string) error) func(string) error {
		return func(value string) error {
			m.asked = true
			return set(value)
		}
	}
	return []cli.Flag{
		&option{name: "min-size", group: groupMeasurement, arg: "N", def: bytesText(least), usage: "bytes of " + what + ": the first of sizes that double",
			set: given(byteValue(&m.least))},
		&option{name: "max-size", group: groupMeasurement, arg: "N", def: bytesText(most), usage: "the last of sizes that double, in bytes or as 8MiB",
			set: given(byteValue(&m.most))},
		&option{name: "sizes", group: groupMeasurement, arg: "LIST", def: "powers of two", usage: "these sizes instead, such as 0,8,64KiB",
			set: given(sizesValue(&m.sizes))},
	}
}

// outputFlags say where the outcome goes.
func (m *measurement) outputFlags() []cli.Flag {
	return []cli.Flag{
		&option{name: "json", group: groupMeasurement, arg: "FILE", usage: "write everything measured as JSON; - is standard output",
			set: pathValue(&m.JSON, "a file")},
	}
}

// algorithmFlag chooses how a collective is done.
func (m *measurement) algorithmFlag(names []string) cli.Flag {
	return &option{name: "algorithm", group: groupMeasurement, arg: "NAME", def: "by size and world",
		usage: "an algorithm of docs/algorithms.md: " + strings.Join(names, ", "),
		set:   oneOf(&m.algorithm, "an algorithm", names...)}
}

// flags are a benchmark's own, and those of every command that needs a world.
func (m *measurement) flags(own ...[]cli.Flag) []cli.Flag {
	return slices.Concat(slices.Concat(own...), m.outputFlags(), rankFlags(m.Options), otherFlags(m.Options))
}

// check finds what cannot be right between the flags.
func (m *measurement) check() error {
	if err := m.effort.Check(); err != nil {
		return usagef("--rounds: %d rounds are too many: want 200000 or fewer", m.effort.Rounds)
	}
	if m.sizes == nil && m.least > m.most {
		return usagef("--min-size: %d is more than --max-size %d", m.least, m.most)
	}
	for _, n := range m.series() {
		if n%m.element != 0 {
			return usagef("size %d is not a multiple of %d, the bytes of an element", n, m.element)
		}
	}
	return m.Options.check()
}

// series are the sizes to measure: --sizes, else by powers of two.
func (m *measurement) series() []int {
	if m.sizes != nil {
		return m.sizes
	}
	var sizes []int
	for n := m.least; n <= m.most; n = max(1, 2*n) {
		sizes = append(sizes, n)
	}
	return sizes
}

// measure is the action of a benchmark: work runs on every rank of a world, and
// its rows on rank 0 are the outcome.
func (p *process) measure(m *measurement, work func(context.Context, world) (bench.Metric, []bench.Row, error)) cli.ActionFunc {
	return func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		if err := m.check(); err != nil {
			return advise(c, err)
		}
		m.work = func(ctx context.Context, w world, _ *Options) error {
			if err := m.prepare(w); err != nil {
				return advise(c, err)
			}
			metric, rows, err := work(ctx, w)
			if err != nil || w.comm.Rank() != 0 {
				return err
			}
			return p.outcome(m, bench.NewReport(m.name, metric, m.world(w), w.times.report(), rows))
		}
		return p.ranks(c.Context, p, m.Options)
	}
}

// prepare sees, on rank 0, that the outcome can be written.
func (m *measurement) prepare(w world) error {
	if m.JSON == "" || w.comm.Rank() != 0 {
		return nil
	}
	if err := checkDocument(m.JSON); err != nil {
		return usagef("--json: %w", err)
	}
	return nil
}

// everywhere is err on every rank alike, for rank 0 to tell.
func (m *measurement) everywhere(w world, err error) error {
	return &job.RankError{Rank: 0, Mine: w.comm.Rank() == 0, Err: err}
}

// world is who was measured.
func (m *measurement) world(w world) bench.World {
	return bench.World{
		Size: w.comm.Size(), Nodes: w.comm.Nodes(), CPUs: runtime.NumCPU(),
		Launcher: w.launcher, Engine: w.engine, Transport: w.carries.name, Algorithm: m.algorithm,
	}
}

// report is s for a benchmark's report; nil: nothing is known.
func (s *startTimes) report() *bench.Start {
	if s == nil {
		return nil
	}
	return &bench.Start{
		Spawn: s.spawn.Seconds(), Detect: s.detect.Seconds(), Exchange: s.Exchange.Seconds(), Connect: s.Connect.Seconds(), Meet: s.Barrier.Seconds(),
	}
}

// outcome writes r: a table, and JSON where it was asked for. Standard output is
// for programs, if JSON goes there.
func (p *process) outcome(m *measurement, r bench.Report) error {
	text, errs := p.stdout, []error{nil, nil}
	switch m.JSON {
	case "":
	case "-":
		text = p.stderr
		errs[1] = r.JSON(p.stdout)
	default:
		errs[1] = writeDocument(m.JSON, r.JSON)
	}
	if errs[0] = r.Text(text); errs[0] != nil {
		errs[0] = fmt.Errorf("cannot write the report: %w", errs[0])
	}
	return errors.Join(errs...)
}

// maxMessage bounds the messages of a benchmark.
const maxMessage = 1 << 32

// sizesValue takes numbers of bytes, separated by commas.
func sizesValue(dst *[]int) func(string) error {
	return func(value string) error {
		var sizes []int
		for _, word := range strings.Split(value, ",") {
			n, err := parseSize(word)
			if err != nil {
				return errors.New("is not a list of sizes: want numbers of bytes, such as 8,64KiB,8MiB")
			}
			if n > maxMessage {
				return errors.New("is not a list of sizes: " + word + " is more than " + strconv.Itoa(maxMessage) + " bytes")
			}
			sizes = append(sizes, n)
		}
		*dst = sizes
		return nil
	}
}

// byteValue takes a number of bytes.
func byteValue(dst *int) func(string) error {
	return func(value string) error {
		n, err := parseSize(value)
		if err != nil || n > maxMessage {
			return errors.New("is not a size: want a number of bytes of at most " + strconv.Itoa(maxMessage) + ", such as 8, 64KiB or 8MiB")
		}
		*dst = n
		return nil
	}
}

func parseSize(word string) (int, error) {
	if word == "0" {
		return 0, nil
	}
	n, err := job.ParseBytes(word)
	return int(n), err
}

// bytesText is n as people write it.
func bytesText(n int) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := 1 << (30 - 10*i); n >= size && n%size == 0 {
			return strconv.Itoa(n/size) + unit
		}
	}
	return strconv.Itoa(n)
}

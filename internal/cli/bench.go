package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
	"numcomp/internal/job"
)

// benchCommand measures a world.
func (p *process) benchCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "bench",
		Usage: "Measure how fast ranks talk.",
		UsageText: "  numcomp bench pingpong [FLAGS]    half round trips of messages between 2 ranks\n" +
			"  numcomp bench barrier [FLAGS]     barriers of all ranks",
		Subcommands: []*cli.Command{
			p.pingpongCommand(),
			p.barrierCommand(),
		},
		Action: func(c *cli.Context) error {
			if name := c.Args().First(); name != "" {
				return unknownCommand(c, name)
			}
			return advise(c, usagef("%s: say what to measure", commandName(c)))
		},
	})
}

const pingpongExamples = `Examples:
  numcomp bench pingpong                            two ranks on this machine
  numcomp launch -n 2 numcomp bench pingpong        the same
  mpirun -np 2 numcomp bench pingpong --sizes 8,1MiB

Latency is the median half round trip; the bandwidth is the size over it, in
10^6 bytes a second.`

// pingpongCommand measures messages between rank 0 and rank 1.
func (p *process) pingpongCommand() *cli.Command {
	const group = "Measurement"
	o := newOptions()
	o.defaultWorkers = 2
	sizes := []int{0, 8, 64, 512, 4 << 10, 32 << 10, 64 << 10, 256 << 10, 1 << 20, 8 << 20}
	minTime := 200 * time.Millisecond
	return command(&cli.Command{
		Name:        "pingpong",
		Usage:       "Measure half round trips of messages between 2 ranks.",
		UsageText:   "  numcomp bench pingpong [FLAGS]",
		Description: pingpongExamples,
		Flags: slices.Concat([]cli.Flag{
			&option{name: "sizes", group: group, arg: "LIST", def: "0 to 8MiB", usage: "sizes of messages in bytes, such as 8,64KiB,8MiB",
				set: sizesValue(&sizes)},
			&option{name: "time", group: group, arg: "D", def: minTime.String(), usage: "time to measure a size for, in seconds or as 500ms",
				set: durationValue(&minTime, "a duration", false)},
		}, rankFlags(o), otherFlags(o)),
		Action: p.measure(o, func(ctx context.Context, c *cli.Context, w world) error {
			if w.comm.Size() < 2 {
				return advise(c, usagef("%s needs 2 ranks, and this world has 1", commandName(c)))
			}
			results, err := bench.PingPong(ctx, w.comm, sizes, minTime)
			if err != nil || w.comm.Rank() != 0 {
				return err
			}
			return pingpongText(p.stdout, results)
		}),
	})
}

// measure is the action of a benchmark: work runs on every rank of a world.
func (p *process) measure(o *Options, work func(context.Context, *cli.Context, world) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		if err := o.check(); err != nil {
			return advise(c, err)
		}
		o.work = func(ctx context.Context, w world, _ *Options) error { return work(ctx, c, w) }
		return p.ranks(c.Context, p, o)
	}
}

func pingpongText(w io.Writer, results []bench.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%10s  %12s  %16s\n", "Size [B]", "Latency [us]", "Bandwidth [MB/s]")
	for _, r := range results {
		fmt.Fprintf(&b, "%10d  %12.2f  %16.1f\n", r.Bytes, float64(r.Latency.Nanoseconds())/1e3, r.BytesPerSecond/1e6)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxMessage bounds the messages of a benchmark.
const maxMessage = 1 << 32

// sizesValue takes numbers of bytes, separated by commas.
func sizesValue(dst *[]int) func(string) error {
	return func(value string) error {
		var sizes []int
		for _, word := range strings.Split(value, ",") {
			n, err := int64(0), error(nil)
			if word != "0" {
				n, err = job.ParseBytes(word)
			}
			if err != nil {
				return errors.New("is not a list of sizes: want numbers of bytes, such as 8,64KiB,8MiB")
			}
			if n > maxMessage {
				return errors.New("is not a list of sizes: " + word + " is more than " + strconv.FormatInt(maxMessage, 10) + " bytes")
			}
			sizes = append(sizes, int(n))
		}
		*dst = sizes
		return nil
	}
}

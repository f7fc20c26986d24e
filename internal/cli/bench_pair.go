package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"numcomp/comm"
	"numcomp/internal/bench"
)

// pairFunc measures rank 0 and rank 1 of a world.
type pairFunc func(context.Context, *comm.Comm, []int, bench.Effort) (bench.Metric, []bench.Row, error)

// pingpongCommand measures messages between rank 0 and rank 1.
func (p *process) pingpongCommand() *cli.Command {
	return p.pairCommand("pingpong", "Measure half round trips between 2 ranks.", bench.PingPong, `Examples:
  numcomp bench pingpong                            two ranks on this machine
  mpirun -np 2 numcomp bench pingpong --sizes 8,1MiB

Latency is the median half round trip; the bandwidth is the size over it, in
10^6 bytes a second: one message at a time.`)
}

// bandwidthCommand measures streams of messages from rank 0 to rank 1.
func (p *process) bandwidthCommand() *cli.Command {
	return p.pairCommand("bandwidth", "Measure streams of messages between 2 ranks.", bench.Bandwidth, `Examples:
  numcomp bench bandwidth                           two ranks on this machine
  numcomp bench bandwidth --min-size 1MiB --max-size 64MiB --json -

Rank 0 sends windows of 64 messages (of at most 32 MiB together, and 2 at
least), and rank 1 answers each window. The bandwidth is in 10^6 bytes a second,
and the latency is a window's time over its messages.`)
}

func (p *process) pairCommand(name, usage string, run pairFunc, examples string) *cli.Command {
	m := newMeasurement(name)
	return command(&cli.Command{
		Name:        name,
		Usage:       usage,
		UsageText:   "  numcomp bench " + name + " [FLAGS]",
		Description: examples,
		Flags:       m.flags(m.sizeFlags(1, 8<<20, "a message"), m.effortFlags()),
		Action: p.measure(m, func(ctx context.Context, w world) (bench.Metric, []bench.Row, error) {
			if w.comm.Size() < 2 {
				return bench.Metric{}, nil, usagef("numcomp bench %s needs 2 ranks, and this world has 1", name).withHint("leave --num-workers out, or start 2 ranks")
			}
			return run(ctx, w.comm, m.series(), m.effort)
		}),
	})
}

package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
)

const barrierExamples = `Examples:
  numcomp bench barrier                             two ranks on this machine
  numcomp bench barrier --num-workers 128 --rounds 20 --warm-up 0

The times are rank 0's, from leaving a barrier to leaving the next. Without a
warm-up the first barriers open the connections.`

// barrierCommand measures barriers of all ranks.
func (p *process) barrierCommand() *cli.Command {
	m := newMeasurement("barrier")
	return command(&cli.Command{
		Name:        "barrier",
		Usage:       "Measure barriers of all ranks.",
		UsageText:   "  numcomp bench barrier [FLAGS]",
		Description: barrierExamples,
		Flags:       m.flags(m.effortFlags(), []cli.Flag{m.algorithmFlag(algorithmNames("barrier"))}),
		Action: p.measure(m, func(ctx context.Context, w world) (bench.Metric, []bench.Row, error) {
			c := w.comm
			if m.algorithm != "" {
				var err error
				if c, err = c.WithAlgorithm("barrier", m.algorithm); err != nil {
					return bench.Metric{}, nil, err
				}
			}
			return bench.Barrier(ctx, c, m.effort)
		}),
	})
}

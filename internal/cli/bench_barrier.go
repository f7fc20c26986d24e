package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
)

const barrierExamples = `Examples:
  numcomp bench barrier                             two ranks on this machine
  numcomp bench barrier --num-workers 128 --rounds 20

The times are rank 0's. There is no warm-up: the first barriers open the
connections.`

// barrierCommand measures barriers of all ranks.
func (p *process) barrierCommand() *cli.Command {
	o := newOptions()
	o.defaultWorkers = 2
	rounds := 1000
	return command(&cli.Command{
		Name:        "barrier",
		Usage:       "Measure barriers of all ranks.",
		UsageText:   "  numcomp bench barrier [FLAGS]",
		Description: barrierExamples,
		Flags: slices.Concat([]cli.Flag{
			&option{name: "rounds", group: "Measurement", arg: "N", def: "1000", usage: "how many barriers", set: intValue(&rounds, 1, "a number of barriers")},
		}, rankFlags(o), otherFlags(o)),
		Action: p.measure(o, func(ctx context.Context, _ *cli.Context, w world) error {
			b, err := bench.Barrier(ctx, w.comm, rounds)
			if err != nil || w.comm.Rank() != 0 {
				return err
			}
			us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
			_, err = fmt.Fprintf(p.stdout, "%8s  %8s  %12s  %12s  %12s\n%8d  %8d  %12.2f  %12.2f  %12.2f\n",
				"Ranks", "Rounds", "Min [us]", "Median [us]", "Most [us]",
				w.comm.Size(), b.Rounds, us(b.Min), us(b.Median), us(b.Most))
			return err
		}),
	})
}

package cli

import (
	"strings"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
)

// benchCommand measures a world.
func (p *process) benchCommand() *cli.Command {
	subcommands := []*cli.Command{p.pingpongCommand(), p.bandwidthCommand()}
	for _, k := range bench.Collectives() {
		subcommands = append(subcommands, p.collectiveCommand(k))
	}
	subcommands = append(subcommands, p.barrierCommand(), p.dispatchCommand(), p.benchStartCommand())

	var usage strings.Builder
	for _, c := range subcommands {
		usage.WriteString(twoColumns("numcomp bench "+c.Name, c.Usage) + "\n")
	}
	return command(&cli.Command{
		Name:        "bench",
		Usage:       "Measure how fast ranks talk.",
		UsageText:   strings.TrimSuffix(usage.String(), "\n"),
		Description: benchExamples,
		Subcommands: subcommands,
		Action: func(c *cli.Context) error {
			if name := c.Args().First(); name != "" {
				return unknownCommand(c, name)
			}
			return advise(c, usagef("%s: say what to measure", commandName(c)))
		},
	})
}

const benchExamples = `Examples:
  numcomp bench pingpong                            two ranks on this machine
  numcomp launch -n 2 numcomp bench pingpong        the same
  mpirun -np 16 numcomp bench bcast --sizes 8,1MiB
  srun -N 8 --ntasks-per-node 16 numcomp bench barrier

The median of the rounds comes first in every table. What a round is stands
above the table, and in docs/json.md.`

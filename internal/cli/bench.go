package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
)

const benchName = "bench"

// benchCommand measures a world. Its own commands, with some 300 flags, are made
// only for a process that is called with its name: each of a thousand ranks would
// make them at its start.
func (p *process) benchCommand() *cli.Command {
	var subcommands []*cli.Command
	if slices.Contains(p.args, benchName) {
		subcommands = p.benchCommands()
	}
	var usage strings.Builder
	for _, c := range subcommands {
		usage.WriteString(twoColumns("numcomp bench "+c.Name, c.Usage) + "\n")
	}
	return command(&cli.Command{
		Name:        benchName,
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

func (p *process) benchCommands() []*cli.Command {
	commands := []*cli.Command{p.pingpongCommand(), p.bandwidthCommand()}
	for _, k := range bench.Collectives() {
		commands = append(commands, p.collectiveCommand(k))
	}
	return append(commands, p.barrierCommand(), p.dispatchCommand(), p.benchStartCommand())
}

const benchExamples = `Examples:
  numcomp bench pingpong                            two ranks on this machine
  numcomp launch -n 2 numcomp bench pingpong        the same
  mpirun -np 16 numcomp bench bcast --sizes 8,1MiB
  srun -N 8 --ntasks-per-node 16 numcomp bench barrier

The median of the rounds comes first in every table. What a round is stands
above the table, and in docs/json.md.`

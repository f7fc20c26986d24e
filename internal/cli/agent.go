package cli

import (
	"github.com/urfave/cli/v2"

	"numcomp/launch"
)

const agentName = "agent"

// agentCommand is what launchers start on every node. It talks to its launcher in
// frames, and is nothing for people.
func (p *process) agentCommand() *cli.Command {
	return command(&cli.Command{
		Name:      agentName,
		Usage:     "Run the ranks of one node for a launcher: numcomp launch starts it.",
		UsageText: "  numcomp agent",
		Hidden:    true,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if status := launch.Agent(c.Context, p.stdin, p.stdout); status != 0 {
				return &statusError{status: status}
			}
			return nil
		},
	})
}

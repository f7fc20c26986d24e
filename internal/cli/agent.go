package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"numcomp/launch"
)

const (
	agentName = "agent"
	relayFlag = "relay"
)

// agentCommand is what launchers start on every node. It talks to its launcher in
// frames, and is nothing for people.
func (p *process) agentCommand() *cli.Command {
	var relay bool
	return command(&cli.Command{
		Name:      agentName,
		Usage:     "Run the ranks of one node for a launcher: numcomp launch starts it.",
		UsageText: "  numcomp agent",
		Hidden:    true,
		Flags: []cli.Flag{
			&option{name: relayFlag, group: groupOther, usage: "start the agent of this node, and those below it in the tree", set: toggle(&relay)},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			status, err := p.agent(c.Context, relay)
			if err == nil && status != 0 {
				err = &statusError{status: status}
			}
			return err
		},
	})
}

// agent runs the agent of this node, or its relay, and is the status to exit with.
func (p *process) agent(ctx context.Context, relay bool) (status int, err error) {
	if !relay {
		return launch.Agent(ctx, p.environ, p.stdin, p.stdout), nil
	}
	in, ok := p.stdin.(*os.File)
	out, ok2 := p.stdout.(*os.File)
	if !ok || !ok2 {
		return 0, errors.New("agent --" + relayFlag + ": standard input and output are not files")
	}
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("cannot find this program's own file: %w", err)
	}
	return launch.Relay(ctx, []string{self, agentName}, p.environ, in, out), nil
}

package cli

import (
	"context"
	"fmt"
	"os"

	"numcomp/launch"
)

// runLocal starts the computation's ranks on this machine: this program with the
// same arguments, which finds itself a rank then. This process is none.
func (p *process) runLocal(ctx context.Context, o *Options) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot find this program's own file: %w", err)
	}
	return p.startRanks(ctx, launch.Spec{
		Argv: append([]string{self}, p.args...), N: o.NumWorkers, Env: p.environ,
	}, true, o.Verbose)
}

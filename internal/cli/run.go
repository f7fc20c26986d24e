package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/launch"
)

// rootName is the program's name in help and errors, whatever the file is called.
const rootName = "numcomp"

// process is what a process of numcomp was given.
type process struct {
	args           []string // without the program's name
	env            func(string) (string, bool)
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	display        *display // nil unless standard error is a terminal
	ranks          ranksFunc
	began          time.Time // when the process did
}

// ranksFunc runs the computation: as one rank of the world that the environment
// tells of, or, alone, by starting local ranks.
type ranksFunc func(ctx context.Context, p *process, o *Options) error

// Run is the process: args without the program's name, its environment (a
// look-up, and the list for children), its streams. It returns the exit status
// when everything it started has ended. The end of ctx ends the run as a failure.
func Run(ctx context.Context, args []string, env func(string) (string, bool), environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &process{args: args, env: env, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr, ranks: runRanks, began: time.Now()}
	return p.run(ctx)
}

func (p *process) run(ctx context.Context) int {
	color := p.terminal()
	err := p.app().RunContext(ctx, append([]string{rootName}, p.args...))
	if p.display != nil {
		p.display.Remove()
	}
	err = because(ctx, err)
	var ended *signalError
	if errors.As(err, &ended) && p.rank() >= 0 {
		return statusOf(err) // its launcher tells it, once for all ranks
	}
	if p.anotherSpeaks(err) && endedWithin(ctx, launcherEnds) {
		return statusOf(err)
	}
	return finish(p.stderr, color, err)
}

// launcherEnds is how long a rank whose error another rank tells waits to be
// ended by its launcher, which got that other rank's status. Should nobody end
// it, it tells the error itself.
const launcherEnds = 2 * time.Second

// anotherSpeaks tells whether another rank tells this error, with its status:
// rank 0, when all got the same wrong command line, or the rank that failed, when
// this one was told of it.
func (p *process) anotherSpeaks(err error) bool {
	var usage *usageError
	var other *elsewhere
	return errors.As(err, &other) || errors.As(err, &usage) && p.rank() > 0
}

// rank is this process's rank if its environment tells one, else -1.
func (p *process) rank() int {
	place, err := launch.Detect(p.env, launch.IsSocket)
	if err != nil || place.Launcher == launch.Alone {
		return -1
	}
	return place.Rank
}

// endedWithin waits for the end of ctx, and tells whether it came within limit.
func endedWithin(ctx context.Context, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return true
	case <-timer.C:
		return false
	}
}

// app is the table of commands.
func (p *process) app() *cli.App {
	return p.root(&cli.App{
		Commands: []*cli.Command{
			p.launchCommand(),
			p.benchCommand(),
			p.agentCommand(),
			kernelsCommand(),
			versionCommand(),
			helpCommand(),
		},
		Reader:         p.stdin,
		Writer:         p.stdout,
		ErrWriter:      p.stderr,
		ExitErrHandler: func(*cli.Context, error) {}, // cli's own would exit
	})
}

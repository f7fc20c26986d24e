package cli

import (
	"context"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/comm/rendezvous"
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
	color          bool      // standard error shows colours

	detected *detected        // what the environment tells; nil: not asked yet
	pmi      *rendezvous.PMI  // of the launcher; nil: not connected
	abort    func(status int) // ends all ranks of an MPI world; nil: there is none
}

// ranksFunc runs the computation: as one rank of the world that the environment
// tells of, or, alone, by starting local ranks.
type ranksFunc func(ctx context.Context, p *process, o *Options) error

// Run is the process: args without the program's name, its environment (a
// look-up, and the list for children), its streams. It returns the exit status
// when everything it started has ended. The process's first signal ends the run as a
// failure.
func Run(args []string, env func(string) (string, bool), environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &process{args: args, env: env, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr, ranks: runRanks, began: time.Now()}
	// First of all: threads that a rank's share of CPUs has no use for are not started
	// then, and what a P that goes holds is given back by touching memory that a rank
	// does not need otherwise.
	if place, err := p.detect(); err == nil && place.LocalSize > 0 {
		p.shareCPUs(place.LocalSize)
	}
	return p.run(untilSignal())
}

func (p *process) run(ctx context.Context) int {
	p.color = p.terminal()
	var err error
	if o, ok := plain(p.args); ok {
		err = p.begin(ctx, o)
	} else {
		out := &answer{w: p.stdout}
		err = p.app(out).RunContext(ctx, append([]string{rootName}, p.args...))
		if out.err != nil {
			err = out.err
		}
	}
	if p.display != nil {
		p.display.Remove()
	}
	return p.end(ctx, p.color, because(ctx, err))
}

// app is the table of commands; out takes their answers.
func (p *process) app(out io.Writer) *cli.App {
	return p.root(&cli.App{
		Commands: []*cli.Command{
			p.launchCommand(),
			p.benchCommand(),
			p.agentCommand(),
			p.doctorCommand(),
			p.hostsCommand(),
			kernelsCommand(),
			versionCommand(),
			helpCommand(),
		},
		Reader:         p.stdin,
		Writer:         out,
		ErrWriter:      p.stderr,
		ExitErrHandler: func(*cli.Context, error) {}, // cli's own would exit
	})
}

package cli

import (
	"github.com/urfave/cli/v2"
)

const rootUsage = `  numcomp [FLAGS]          run the computation: as one rank when a launcher
                           (mpirun, srun, ...) started it, else on this machine
  numcomp COMMAND [FLAGS]  launch, bench, doctor, hosts, kernels, version or
                           help: see numcomp help COMMAND`

const rootExamples = `Examples:
  numcomp --num-workers 4                 the default workload on 4 ranks here
  mpirun -np 4 numcomp --size 10000000    the same program under MPI's mpirun
  numcomp --input image.npy --filters bank.npy --output result.npy
  numcomp --kernel exp --size 256x256 --items 512 --schedule dynamic
  numcomp --head node1 --rank 0 --world-size 2     by hand, on node1, and on the
  numcomp --head node1 --rank 1 --world-size 2     other machine

Results go to standard output, everything else to standard error.
Exit status: 0 done, 1 failed while running, 2 bad usage, 3 --verify found a
difference.`

// root makes the App's own command: the computation.
func (p *process) root(app *cli.App) *cli.App {
	o := newOptions()
	var version bool
	app.Name, app.HelpName = rootName, rootName
	app.Usage = "numcomp runs one numerical computation on every core of an allocation."
	app.UsageText = rootUsage
	app.Description = rootExamples
	app.CustomAppHelpTemplate = helpTemplate
	app.HideHelp, app.HideHelpCommand, app.HideVersion = true, true, true
	app.OnUsageError = onUsageError
	app.Flags = append(rootFlags(o), versionOption(&version), helpOption())
	app.Before = func(c *cli.Context) error {
		name := c.Args().First()
		if c.App.Command(name) == nil || version {
			return nil
		}
		for _, row := range optionsOf(app.Flags) {
			if row.IsSet() {
				return usagef("%s stands before the command %s, which would ignore it", dashed(row.given[0].name), name).
					withHint("write flags behind the command: %s %s %s ...", rootName, name, dashed(row.given[0].name))
			}
		}
		return nil
	}
	app.Action = func(c *cli.Context) error {
		if c.Args().Present() {
			return unknownCommand(c, c.Args().First())
		}
		if version {
			return showVersion(c)
		}
		if o.multinode {
			return pythonMultinode(optionsOf(app.Flags))
		}
		if err := o.check(); err != nil {
			return advise(c, err)
		}
		if err := o.Job.Check(); err != nil {
			return err
		}
		return p.begin(c.Context, o)
	}
	return app
}

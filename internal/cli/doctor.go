package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"numcomp/internal/doctor"
)

const doctorExamples = `Examples:
  numcomp doctor                                  this machine, and this shell
  mpirun -np 4 numcomp doctor                     the ranks that mpirun starts
  numcomp launch -n 4 -- doctor --json            as JSON, for programs
  srun -N 2 --ntasks-per-node 4 numcomp doctor    nodes, and what lies between

Exit status: 0 when nothing was found that would break a run, else 1.`

// doctorCommand tells what a run would meet with.
func (p *process) doctorCommand() *cli.Command {
	o := newOptions()
	var asJSON bool
	return command(&cli.Command{
		Name:        "doctor",
		Usage:       "Tell what ranks find around them, and what will break a run.",
		UsageText:   "  numcomp doctor [FLAGS]",
		Description: doctorExamples,
		Flags: slices.Concat([]cli.Flag{
			&option{name: "json", group: groupOther, usage: "write JSON, for programs", set: toggle(&asJSON)},
		}, meetingFlags(o), otherFlags(o)),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if err := o.check(); err != nil {
				return advise(c, err)
			}
			return p.doctor(c.Context, o, asJSON)
		},
	})
}

// ownProgram tells whether the words behind numcomp launch's flags are numcomp's
// own: none, flags, or a command that examines or measures a world.
func ownProgram(words []string) bool {
	return len(words) == 0 || strings.HasPrefix(words[0], "-") || words[0] == "doctor" || words[0] == "bench"
}

// meetingFlags are the flags of ranks that some other command starts.
func meetingFlags(o *Options) []cli.Flag {
	return slices.DeleteFunc(rankFlags(o), func(f cli.Flag) bool { return f.Names()[0] == "num-workers" })
}

// doctor examines the world that this process is a rank of, or the process
// alone. A start that fails is a finding, like all others.
func (p *process) doctor(ctx context.Context, o *Options, asJSON bool) error {
	report := &doctor.Report{Schema: doctor.Schema}
	place, err := p.explain(o, report)
	write := func() error {
		doctor.Diagnose(report)
		show := doctor.Text
		if asJSON {
			show = doctor.JSON
		}
		return show(p.stdout, report)
	}
	verdict := func(err error) error {
		if err == nil && len(report.Ranks) > 0 && !report.Healthy {
			return &statusError{status: statusFailed}
		}
		return err
	}
	fail := func(err error, do string) {
		var usage *usageError
		if errors.As(err, &usage) && usage.hint != "" {
			do = usage.hint
		}
		report.Findings = append(report.Findings, doctor.Finding{Severity: doctor.Error, Ranks: []int{max(place.Rank, 0)}, What: err.Error(), Do: do})
	}
	here := func() {
		self := p.look(nil)
		self.Rank = max(place.Rank, 0)
		report.Ranks = []doctor.Rank{self}
	}
	report.Programs = p.programs(ctx)
	if err != nil {
		fail(err, "start numcomp without these variables, or by one launcher alone")
		here()
		return verdict(write())
	}
	o.defaultWorkers = 1
	o.work = func(ctx context.Context, w world, _ *Options) error {
		return p.examine(ctx, w, report, write)
	}
	err = p.ranks(ctx, p, o)
	if err == nil || report.Ranks != nil || place.Rank > 0 || ctx.Err() != nil || p.anotherSpeaks(ctx, err) {
		return verdict(err)
	}
	// The ranks did not get as far as a world: what there is here, and why.
	here()
	fail(err, "see docs/launching.md")
	return verdict(write())
}

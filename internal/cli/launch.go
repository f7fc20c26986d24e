package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/launch"
)

const launchName = "launch"

const launchUsage = `  numcomp launch [FLAGS] [PROGRAM [ARGS]]
  numcomp launch [FLAGS] -- [ARGS]        PROGRAM is numcomp itself`

const launchExamples = `Examples:
  numcomp launch -n 4                          the computation on 4 ranks
  numcomp launch -n 4 -- --size 3000x3000      with flags of the computation
  numcomp launch -n 4 ./mpich-program          a program that speaks PMI-1
  numcomp launch -n 2 --label hostname         any program

Standard input goes to rank 0. Lines of output stay whole, and in order for each
rank. The first interrupt ends the ranks with SIGTERM and, after the grace time,
SIGKILL; the second interrupt, with SIGKILL at once. The exit status is that of
the rank that failed first.`

// LaunchOptions are what numcomp launch was told.
type LaunchOptions struct {
	// N is the number of ranks, PerNode how many a node takes at most; 0: not said.
	N, PerNode int
	// Where are the hosts to start them on, and their order.
	Where hostFlags
	// NoOversubscribe has more ranks than slots be an error.
	NoOversubscribe bool
	// Starter is how other hosts are reached; "": what the environment offers.
	// StarterArgs are options of its command.
	Starter     string
	StarterArgs []string
	// NoStage does not copy numcomp to hosts that do not have it.
	NoStage bool
	// FanOut is how many hosts each starts; 0: the launcher's default.
	FanOut int
	// StartTimeout bounds the start of all ranks.
	StartTimeout time.Duration
	// Exports are variables for the ranks: NAME, which is set here, or NAME=VALUE.
	Exports []string
	// Wdir is the ranks' working folder; "": this process's.
	Wdir string
	// Timeout bounds the run; 0: no bound. Grace is between SIGTERM and SIGKILL.
	Timeout, Grace time.Duration
	// Bind is how ranks are bound to CPUs, and ReportBindings tells it.
	Bind           launch.Bind
	ReportBindings bool
	// Label puts the rank before each line, Timestamp the time.
	Label, Timestamp bool
	// Show is the ranks whose output comes here.
	Show launch.RankSet
	// OutputDir is where each rank's output goes instead; "": it comes here.
	OutputDir string
	// Program is the program and its arguments; nil, or only arguments that begin
	// with "-": numcomp itself.
	Program []string
	// Verbose tells on standard error what was chosen.
	Verbose bool
}

func launchFlags(o *LaunchOptions, env func(string) (string, bool)) []cli.Flag {
	const ranks, hosts, output = "Ranks", "Other hosts", "Output"
	return []cli.Flag{
		&option{name: "n", aliases: []string{"np"}, group: ranks, arg: "N", def: "all slots", usage: "ranks to start",
			set: intValue(&o.N, 1, "a number of ranks")},
		&option{name: "N", group: ranks, arg: "PER-NODE", usage: "ranks that a node takes at most",
			set: intValue(&o.PerNode, 1, "a number of ranks")},
		o.Where.hostOption(ranks), o.Where.hostfileOption(ranks), o.Where.machinefileOption(ranks), o.Where.nodeListOption(ranks), o.Where.mapByOption(ranks),
		&option{name: "no-oversubscribe", group: ranks, usage: "fail when a host would have more ranks than slots", set: toggle(&o.NoOversubscribe)},
		&option{name: "x", group: ranks, arg: "VAR[=VALUE]", many: true, usage: "hand the variable to the ranks; may be repeated",
			set: exportValue(&o.Exports, env)},
		&option{name: "wdir", group: ranks, arg: "DIR", def: "the current one", usage: "the ranks' working folder",
			set: pathValue(&o.Wdir, "a folder")},
		&option{name: "bind", group: ranks, arg: strings.Join(launch.Bindings(), "|"), def: launch.BindNone.String(), usage: "CPUs of each rank: all; a core each; an even share, neighbours side by side; an even share, neighbours on different sockets",
			set: parsed(&o.Bind, launch.ParseBind)},
		&option{name: "report-bindings", group: ranks, usage: "tell which CPUs each rank has", set: toggle(&o.ReportBindings)},
		&option{name: "timeout", group: ranks, arg: "D", def: "none", usage: "end the ranks, and fail, after this time: seconds, or as 1m30s",
			set: durationValue(&o.Timeout, "a duration", true)},
		&option{name: "grace", group: ranks, arg: "D", def: launch.DefaultGrace.String(), usage: "time that ranks have between SIGTERM and SIGKILL",
			set: durationValue(&o.Grace, "a duration", false)},
		&option{name: "starter", group: hosts, arg: strings.Join(launch.Starters(), "|"), def: "what the environment offers, else ssh", usage: "how other hosts are reached",
			set: oneOf(&o.Starter, "a starter", launch.Starters()...)},
		&option{name: "starter-args", group: hosts, arg: "ARGS", many: true, dashes: true, usage: "options for the starter's command, separated by blanks, such as '-p 2222'",
			set: wordsValue(&o.StarterArgs)},
		&option{name: "stage", group: hosts, def: "on", usage: "copy numcomp to the cache folder of hosts that do not have this very build", set: inverted(&o.NoStage)},
		&option{name: "fan-out", group: hosts, arg: "N", def: strconv.Itoa(launch.DefaultFanOut), usage: "hosts that each host starts, this one first; from there on they reach one another",
			set: intValue(&o.FanOut, 1, "a number of hosts")},
		&option{name: "start-timeout", group: hosts, arg: "D", def: launch.DefaultStartTimeout.String(), usage: "time until all ranks are started",
			set: durationValue(&o.StartTimeout, "a duration", false)},
		&option{name: "label", group: output, usage: "begin every line with its rank", set: toggle(&o.Label)},
		&option{name: "timestamp", group: output, usage: "begin every line with the time", set: toggle(&o.Timestamp)},
		&option{name: "rank-filter", group: output, arg: "0,3-5", def: "all", usage: "ranks whose output is shown", set: parsed(&o.Show, launch.ParseRankSet)},
		&option{name: "output-dir", group: output, arg: "DIR", usage: "write each rank's output to files there, rank.N.out and rank.N.err, and not here",
			set: pathValue(&o.OutputDir, "a folder")},
		&option{name: "verbose", aliases: []string{"v"}, group: groupOther, usage: "tell what was chosen", set: toggle(&o.Verbose)},
	}
}

// wordsValue takes words separated by blanks; a flag may be one of them.
func wordsValue(dst *[]string) func(string) error {
	return func(value string) error {
		words := strings.Fields(value)
		if len(words) == 0 || strings.ContainsRune(value, 0) {
			return errors.New("names no option")
		}
		*dst = append(*dst, words...)
		return nil
	}
}

// inverted makes the set function of a switch that is on by default.
func inverted(off *bool) func(string) error {
	var on bool
	set := toggle(&on)
	return func(value string) error {
		err := set(value)
		*off = err == nil && !on
		return err
	}
}

// exportValue takes VAR=VALUE, or VAR with the value that it has here.
func exportValue(dst *[]string, env func(string) (string, bool)) func(string) error {
	return func(value string) error {
		name, _, given := strings.Cut(value, "=")
		if name == "" || strings.ContainsAny(value, "\x00") || strings.ContainsAny(name, " \t\n") {
			return errors.New("is not a variable: want NAME or NAME=VALUE")
		}
		if _, ok := env(name); !given && !ok {
			return errors.New("is not set here: set it, or give its value as " + name + "=VALUE")
		}
		*dst = append(*dst, value)
		return nil
	}
}

// launchCommand starts ranks of any program.
func (p *process) launchCommand() *cli.Command {
	o := &LaunchOptions{Grace: launch.DefaultGrace}
	return command(&cli.Command{
		Name:        launchName,
		Usage:       "Start ranks of a program.",
		UsageText:   launchUsage,
		Description: launchExamples,
		Flags:       launchFlags(o, p.env),
		Action: func(c *cli.Context) error {
			o.Program = c.Args().Slice()
			return advise(c, p.launch(c.Context, o))
		},
	})
}

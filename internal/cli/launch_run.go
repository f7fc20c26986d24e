package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"numcomp/hostfile"
	"numcomp/launch"
)

// launch runs the program that o names, or numcomp itself.
func (p *process) launch(ctx context.Context, o *LaunchOptions) error {
	argv := o.Program
	own := ownProgram(argv)
	if own {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("cannot find this program's own file: %w", err)
		}
		argv = append([]string{self}, argv...)
	}
	env, err := launch.Export(p.environ, o.Exports)
	if err != nil {
		return err
	}
	where, err := o.Where.read(p.env)
	if err == nil && where.hosts == nil {
		where, err = p.allocated(where)
	}
	if err != nil {
		return err
	}
	if where.from != "" && o.Verbose {
		fmt.Fprintf(p.stderr, "numcomp: hosts: %s\n", where.from)
	}
	if slices.ContainsFunc(where.hosts, func(h hostfile.Host) bool { return h.Binding != "" }) {
		fmt.Fprintf(p.stderr, "numcomp: binding= in %s is not heeded\n", where.from)
	}
	err = p.startRanks(ctx, launch.Spec{
		Argv: argv, Own: own, N: o.N, Hosts: where.hosts, MapBy: where.by, PerNode: o.PerNode, NoOversubscribe: o.NoOversubscribe, Env: env, Exports: names(o.Exports), Wdir: o.Wdir,
		Starter: o.Starter, StarterArgs: o.StarterArgs, NoStage: o.NoStage, FanOut: o.FanOut, StartTimeout: o.StartTimeout,
		Timeout: o.Timeout, Grace: o.Grace, Label: o.Label, Timestamp: o.Timestamp, Show: o.Show, Bind: o.Bind, ReportBindings: o.ReportBindings, OutputDir: o.OutputDir,
	}, own, o.Verbose)
	var over *launch.OversubscribedError
	if errors.As(err, &over) {
		return usagef("--no-oversubscribe: %s", strings.TrimPrefix(over.Error(), "launch: ")).withHint("ask for fewer ranks with -n, or name more hosts or slots")
	}
	var none *launch.NoRankError
	if errors.As(err, &none) {
		return usagef("--rank-filter: %s", strings.TrimPrefix(none.Error(), "launch: "))
	}
	return err
}

// names are the variables of exports, without their values.
func names(exports []string) []string {
	n := make([]string, len(exports))
	for i, x := range exports {
		n[i], _, _ = strings.Cut(x, "=")
	}
	return n
}

// startRanks completes spec with what this process was given, runs it, and passes
// on how it ended. Own ranks, which are numcomp, have said why they exit with one of
// its statuses.
func (p *process) startRanks(ctx context.Context, spec launch.Spec, own, verbose bool) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot find this program's own file: %w", err)
	}
	spec.Agent = []string{self, agentName}
	spec.Relay = []string{self, agentName, "--" + relayFlag}
	spec.Stdin, spec.Stdout, spec.Stderr = p.stdin, p.stdout, p.stderr
	spec.Notice = func(format string, args ...any) { fmt.Fprintf(p.stderr, "numcomp: "+format+"\n", args...) }
	if verbose {
		spec.Logf = spec.Notice
	}
	p.passProgress(&spec)
	p.passStart(&spec)

	signals := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGCONT, syscall.SIGTSTP} {
		if !signal.Ignored(s) { // nohup, and shells' background jobs
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	spec.Signals = signals

	// ctx ends by the first signal too, and would count as another.
	status, err := launch.Run(context.WithoutCancel(ctx), spec)
	var rank *launch.RankError
	if own && errors.As(err, &rank) && slices.Contains([]int{statusFailed, statusUsage, statusVerify}, rank.Code) {
		err = nil // it has said why
	}
	if err == nil && status.Code == 0 {
		return nil
	}
	return &statusError{status: status.Code, err: err}
}

// passProgress has own ranks tell their progress where somebody looks: on this
// process's terminal, or at the launcher of this launcher.
func (p *process) passProgress(spec *launch.Spec) {
	wanted, _ := p.env(progressEnv)
	spec.Env = slices.DeleteFunc(slices.Clone(spec.Env), func(kv string) bool { return strings.HasPrefix(kv, progressEnv+"=") })
	if (p.display != nil || wanted == "1") && !spec.Label && !spec.Timestamp && spec.OutputDir == "" {
		spec.Env = append(spec.Env, progressEnv+"=1")
	}
	if p.display != nil {
		spec.Stderr = &progressFilter{p.stderr, p.display.Progress}
	}
}

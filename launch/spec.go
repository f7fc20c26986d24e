package launch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"numcomp/hostfile"
)

// Spec is a job to be run.
type Spec struct {
	// Agent is the command that runs Agent: this program and its hidden command.
	Agent []string
	// Relay is the command that runs Relay: this program and its hidden command.
	// Without it, ranks can be started on this machine only.
	Relay []string
	// Argv is the program that every rank runs, and its arguments. A name
	// without a slash is looked up in PATH of Env.
	Argv []string

	// Own is set when Argv[0] is this program: each host runs its own copy of it.
	Own bool

	// N is the number of ranks; 0 is as many as there are slots.
	N int
	// Hosts are where ranks may run; none is this machine. Unknown slots are
	// the CPUs that the host's agent reports.
	Hosts []hostfile.Host
	// PerNode is the most ranks on a node; 0 is no limit.
	PerNode int
	// MapBy is the order of placing.
	MapBy MapBy
	// NoOversubscribe has more ranks than slots on a host be an
	// *OversubscribedError: before anything is started, if its slots are known.
	NoOversubscribe bool

	// Starter is how other hosts are reached, one of Starters; empty is what the
	// environment offers, else ssh. StarterArgs are for its command.
	Starter     string
	StarterArgs []string
	// NoStage says not to copy this program to hosts that do not have it.
	NoStage bool
	// FanOut is how many hosts each starts; 0 is DefaultFanOut.
	FanOut int
	// StartTimeout is from the beginning until all ranks are started; 0 is
	// DefaultStartTimeout.
	StartTimeout time.Duration

	// Env is the environment of agents and ranks, NAME=value; launchers' words
	// about this process (Unset) are taken out, and each rank's own are added.
	// On other hosts, what belongs to a host (HOME) is theirs, unless Exports
	// names it.
	Env     []string
	Exports []string
	// Wdir is the ranks' working directory; empty is this process's, or the home
	// folder on hosts where that is missing.
	Wdir    string
	anyWdir bool // Wdir was empty

	// Timeout ends the job after so long; 0 is never.
	Timeout time.Duration
	// Grace is from SIGTERM to SIGKILL; 0 is DefaultGrace.
	Grace time.Duration

	// Bind is how ranks are bound to the CPUs of their host; ReportBindings has
	// Notice told to which.
	Bind           Bind
	ReportBindings bool

	// Label begins every line of output with its rank: "[3] ". Timestamp puts
	// the time before that at which the launcher writes it.
	Label, Timestamp bool
	// Show is the ranks whose output Stdout and Stderr get.
	Show RankSet
	// OutputDir, if set, gets each rank's output in rank.N.out and rank.N.err,
	// and Stdout and Stderr nothing of it. It is made if missing, on the rank's node.
	OutputDir string

	// Stdin goes to rank 0; the others, and rank 0 if it is nil, have an empty
	// one. If it is no *os.File, Run may leave one Read of it behind.
	Stdin io.Reader
	// Stdout and Stderr get the ranks' output, whole lines at a time. nil drops it.
	Stdout, Stderr io.Writer

	// Signals ends the job: SIGINT, SIGTERM, SIGHUP or SIGQUIT once asks the
	// ranks to end and makes them after Grace; a second time kills them at
	// once. SIGTSTP suspends this process until SIGCONT. Other signals are handed
	// on to all ranks.
	Signals <-chan os.Signal

	// Notice is for what a user should know (more ranks than CPUs), Logf for
	// what helps to follow along. Either may be nil.
	Notice, Logf func(format string, args ...any)
}

// DefaultGrace is how long ranks have to end after SIGTERM.
const DefaultGrace = 3 * time.Second

// DefaultStartTimeout is how long all ranks may take to be started.
const DefaultStartTimeout = time.Minute

// check completes spec and says what cannot be.
func (s *Spec) check() error {
	switch {
	case len(s.Agent) == 0:
		return errors.New("launch: no command for the agent")
	case len(s.Argv) == 0 || s.Argv[0] == "":
		return errors.New("launch: no program to run")
	case s.N < 0 || s.N > maxRanks:
		return fmt.Errorf("launch: %d ranks: 1 to %d are possible", s.N, maxRanks)
	case s.Timeout < 0 || s.Grace < 0 || s.StartTimeout < 0:
		return fmt.Errorf("launch: a timeout of %v, a start timeout of %v and a grace of %v: none can be negative", s.Timeout, s.StartTimeout, s.Grace)
	case s.Bind < BindNone || s.Bind > BindSpread:
		return fmt.Errorf("launch: there is no binding %v", s.Bind)
	case s.FanOut < 0:
		return fmt.Errorf("launch: a fan-out of %d: 1 is the least", s.FanOut)
	}
	if s.FanOut == 0 {
		s.FanOut = DefaultFanOut
	}
	if s.StartTimeout == 0 {
		s.StartTimeout = DefaultStartTimeout
	}
	s.anyWdir = s.Wdir == ""
	if err := s.checkPlaces(); err != nil {
		return err
	}
	if s.Grace == 0 {
		s.Grace = DefaultGrace
	}
	// Agents may have another working directory than this process.
	for _, dir := range []*string{&s.Wdir, &s.OutputDir} {
		if *dir == "" && dir == &s.OutputDir {
			continue
		}
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return fmt.Errorf("launch: working directory: %w", err)
		}
		*dir = abs
	}
	if s.Stdout == nil {
		s.Stdout = io.Discard
	}
	if s.Stderr == nil {
		s.Stderr = io.Discard
	}
	if s.Notice == nil {
		s.Notice = func(string, ...any) {}
	}
	if s.Logf == nil {
		s.Logf = func(string, ...any) {}
	}
	return nil
}

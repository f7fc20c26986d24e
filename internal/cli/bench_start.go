package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"numcomp/internal/bench"
	"numcomp/launch"
)

const benchStartExamples = `Examples:
  numcomp bench start --num-workers 128
  numcomp bench start --num-workers 16 --barriers 1 --rounds 10

Each round is a run of numcomp bench barrier, from starting the process that
starts the ranks to its end. Of rank 0 are told:
  spawn      the launcher's start to rank 0's
  detect     until the way to meet was open
  exchange   until addresses were known
  connect    until the control tree was connected
  meet       until all ranks had come
  barriers   the barriers themselves
  rest       starting the launcher's own process, and ending all of them`

// benchStartCommand measures whole runs.
func (p *process) benchStartCommand() *cli.Command {
	m := newMeasurement("start")
	m.effort.Rounds = 3
	barriers := 20
	return command(&cli.Command{
		Name:        "start",
		Usage:       "Measure starting ranks on this machine, some barriers, and stopping.",
		UsageText:   "  numcomp bench start [FLAGS]",
		Description: benchStartExamples,
		Flags: m.flags([]cli.Flag{
			&option{name: "barriers", group: groupMeasurement, arg: "N", def: strconv.Itoa(barriers), usage: "how many barriers the ranks have in common",
				set: intValue(&barriers, 1, "a number of barriers")},
			&option{name: "rounds", group: groupMeasurement, arg: "N", def: strconv.Itoa(m.effort.Rounds), usage: "measure so many runs",
				set: intValue(&m.effort.Rounds, 1, "a number of rounds")},
		}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if err := m.check(); err != nil {
				return advise(c, err)
			}
			if place, err := p.place(m.Options); err != nil {
				return err
			} else if place.Launcher != launch.Alone {
				return usagef("%s starts its ranks itself, and %s has started it already", commandName(c), place.Launcher).
					withHint("outside of a launcher it measures this machine; to time another launcher, time its run of numcomp bench barrier")
			}
			if m.JSON != "" {
				if err := checkDocument(m.JSON); err != nil {
					return usagef("--json: %w", err)
				}
			}
			if m.NumWorkers == 0 {
				m.NumWorkers = m.defaultWorkers
			}
			r, err := p.wholeRuns(c.Context, m, barriers)
			if err != nil {
				return err
			}
			return p.outcome(m, r)
		},
	})
}

// wholeRuns runs numcomp bench barrier and times it from outside.
func (p *process) wholeRuns(ctx context.Context, m *measurement, barriers int) (bench.Report, error) {
	var runs []bench.Run
	var last bench.Report
	for range m.effort.Rounds {
		began := time.Now()
		report, err := p.barrierRun(ctx, m, barriers)
		if err != nil {
			return bench.Report{}, err
		}
		runs = append(runs, bench.Run{Took: time.Since(began), Report: report})
		last = report
	}
	w := bench.World{Size: m.NumWorkers, Nodes: 1, CPUs: runtime.NumCPU(), Launcher: last.World.Launcher, Engine: last.World.Engine, Transport: last.World.Transport}
	return bench.NewReport("start", bench.Phases(), w, nil, bench.PhasesOf(runs)), nil
}

// barrierRun is one run of numcomp bench barrier, in a process of its own.
func (p *process) barrierRun(ctx context.Context, m *measurement, barriers int) (r bench.Report, err error) {
	self, err := os.Executable()
	if err != nil {
		return r, fmt.Errorf("cannot find this program's own file: %w", err)
	}
	args := []string{"bench", "barrier", "--num-workers", strconv.Itoa(m.NumWorkers), "--rounds", strconv.Itoa(barriers), "--warm-up", "0",
		"--transport", m.Transport, "--engine", m.Engine, "--start-timeout", m.StartTimeout.String(), "--json", "-"}
	if m.Timeout > 0 {
		args = append(args, "--timeout", m.Timeout.String())
	}
	cmd := exec.CommandContext(ctx, self, args...)
	var out, said bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = p.environ, &out, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it ends its ranks
	if err := cmd.Run(); err != nil {
		p.stderr.Write(said.Bytes())
		return r, fmt.Errorf("a run of %d ranks has failed: %w", m.NumWorkers, err)
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return r, fmt.Errorf("cannot read what numcomp bench barrier measured: %w", err)
	}
	return r, nil
}

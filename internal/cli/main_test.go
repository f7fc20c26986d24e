package cli

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

// TestMain makes the test binary numcomp itself where a script (or a launcher
// under test, by /proc/self/exe) calls it so.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"numcomp": func() { os.Exit(realMain()) },
		"mkarray": func() { os.Exit(mkarray(os.Args[1:])) },
	})
}

// realMain is main.go's.
func realMain() int {
	return Run(os.Args[1:], os.LookupEnv, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
}

type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	status := l.m.Run()
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, "goroutines left behind:", err)
		return 1
	}
	return status
}

// TestScripts runs numcomp as people do. UPDATE_SCRIPTS=1 rewrites what the
// scripts expect, for a human to review as a diff.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "")
			env.Setenv("TERM", "xterm")
			// Under the race detector a process sleeps for a second before it exits.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status": status,
		},
	})
}

// status is the script command "status N PROGRAM ARGS...": it runs the program
// and fails unless it exits with status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%v: status %d, want %d", args[1:], got, want)
	}
}

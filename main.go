// Command numcomp runs one numerical computation on every core of an allocation.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"numcomp/internal/cli"
)

func main() { os.Exit(run()) }

// run is the process up to its exit status. The first signal ends the context,
// and with it the run; the second ends the process. An interrupt that was ignored
// from the start, as in a shell's background job, stays so.
func run() int {
	ending := []os.Signal{syscall.SIGTERM}
	if !signal.Ignored(os.Interrupt) {
		ending = append(ending, os.Interrupt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, os.Args[1:], os.LookupEnv, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
}

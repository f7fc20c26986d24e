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
// and with it the run; the second ends the process.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, os.Args[1:], os.LookupEnv, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
}

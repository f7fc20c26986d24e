// Command numcomp runs one numerical computation on every core of an allocation.
package main

import (
	"os"

	"numcomp/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.LookupEnv, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

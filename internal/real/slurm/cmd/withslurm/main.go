package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"numcomp/internal/real/slurm"
)

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withslurm:", err)
	}
	os.Exit(status)
}

// run returns the command's status, or 1 with why there is none.
func run(args []string) (status int, err error) {
	if len(args) == 0 {
		return 2, errors.New("want COMMAND [ARGS]")
	}
	c, err := slurm.Start()
	if err != nil {
		return 1, err
	}
	defer func() {
		if close := c.Close(); close != nil {
			status, err = 1, errors.Join(err, close)
		}
	}()
	cmd := c.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Namespace.Start(cmd); err != nil {
		return 1, err
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

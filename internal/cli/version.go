package cli

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"numcomp/internal/buildid"
)

// versionOption is the --version of the root command.
func versionOption(dst *bool) *option {
	return &option{name: "version", group: groupOther, usage: "show the version and the build", set: toggle(dst)}
}

// versionCommand shows the release, the build (which ranks must share), and the machine it is for.
func versionCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "version",
		Usage:     "Show the version and the build.",
		UsageText: "  numcomp version",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return showVersion(c)
		},
	})
}

func showVersion(c *cli.Context) error {
	build, err := buildid.Running()
	if err != nil {
		build = buildid.Version
	}
	_, err = fmt.Fprintf(c.App.Writer, "numcomp %s %s %s/%s\n", build, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

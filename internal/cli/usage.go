package cli

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// onUsageError turns what package flag says about the command line into our
// own words. It is every command's OnUsageError.
func onUsageError(c *cli.Context, err error, _ bool) error {
	rows := optionsOf(c.Command.Flags)
	for _, o := range rows {
		if o.err != nil {
			return advise(c, o.err)
		}
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return unknownFlag(c, rows, strings.TrimPrefix(name, "-"))
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		for _, o := range rows {
			for _, spelling := range o.spellings() {
				if spelling == name {
					return advise(c, usagef("%s: needs a value, %s", dashed(name), o.arg))
				}
			}
		}
	}
	return advise(c, usagef("%s", text))
}

// unknownFlag names the nearest flag of the command, or the command whose flag it is.
func unknownFlag(c *cli.Context, rows []*option, name string) error {
	text := usagef("%s is not a flag of %s", dashed(name), commandName(c))
	if c.Command.Name != rootName && defines(optionsOf(c.App.Flags), name) {
		if c.Command.Name == launchName {
			return text.withHint("it is a flag of the computation: write %s -n N -- %s ...", commandName(c), dashed(name))
		}
		return text.withHint("it is a flag of the computation: write %s %s ...", rootName, dashed(name))
	}
	for _, other := range c.App.Commands {
		if other.Name != c.Command.Name && !other.Hidden && defines(optionsOf(other.Flags), name) {
			return text.withHint("it is a flag of %s %s", rootName, other.Name)
		}
	}
	var names []string
	for _, o := range rows {
		if !o.hidden {
			names = append(names, o.spellings()...)
		}
	}
	if near := nearest(strings.ToLower(name), names); near != "" {
		return text.withHint("did you mean %s?", dashed(near))
	}
	return advise(c, text)
}

func defines(rows []*option, name string) bool {
	for _, o := range rows {
		for _, spelling := range o.spellings() {
			if spelling == name && name != "help" && name != "h" && !o.hidden {
				return true
			}
		}
	}
	return false
}

// noArguments refuses positional arguments.
func noArguments(c *cli.Context) error {
	if !c.Args().Present() {
		return nil
	}
	return advise(c, usagef("%s takes no arguments, and got %q", commandName(c), c.Args().First()))
}

// advise adds the line of advice that every usage error has.
func advise(c *cli.Context, err error) error {
	if usage, ok := err.(*usageError); ok && usage.hint == "" {
		return usage.withHint("run %s --help to see what it accepts", commandName(c))
	}
	return err
}

// commandName is the command as people type it.
func commandName(c *cli.Context) string { return c.Command.HelpName }

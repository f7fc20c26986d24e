package cli

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// helpWidth is the width of a terminal that nobody has to widen, in columns.
const (
	helpWidth  = 80
	helpIndent = 2  // of an option's label
	helpColumn = 28 // where an option's text begins
)

// helpTemplate shows a command in a fixed order: what it is, how to call it,
// its commands, its flags by group, examples. It serves the App too: both have
// these fields.
const helpTemplate = `{{.Usage}}

Usage:
{{.UsageText}}
{{$group := ""}}{{range .VisibleFlags}}{{if ne .Group $group}}{{$group = .Group}}
{{.Group}}:
{{end}}{{.}}
{{end}}{{if .Description}}
{{.Description}}
{{end}}`

// helpOption is the --help of every command. cli looks for it by its name.
func helpOption() *option {
	var shown bool
	return &option{name: "help", aliases: []string{"h"}, group: "Other", usage: "show this help", set: toggle(&shown)}
}

// helpCommand shows the help of the command that its argument names.
func helpCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "help",
		Usage:     "Show the help of a command.",
		UsageText: "  numcomp help [COMMAND]",
		Action: func(c *cli.Context) error {
			root := c.Lineage()[1]
			if !c.Args().Present() {
				return cli.ShowAppHelp(root)
			}
			if name := c.Args().First(); c.App.Command(name) == nil {
				return unknownCommand(c, name)
			}
			return cli.ShowCommandHelp(root, c.Args().First())
		},
	})
}

// command fills in what all commands have in common.
func command(c *cli.Command) *cli.Command {
	c.Flags = append(c.Flags, helpOption())
	c.HideHelp, c.HideHelpCommand = true, true
	c.CustomHelpTemplate = helpTemplate
	c.OnUsageError = onUsageError
	return c
}

// unknownCommand names the nearest command.
func unknownCommand(c *cli.Context, name string) error {
	under, commands, none := c.Command, c.Command.VisibleCommands(), ""
	if len(commands) == 0 || under.Name == rootName {
		under, commands = c.Lineage()[len(c.Lineage())-2].Command, c.App.VisibleCommands()
		none = "; without one, " + rootName + " runs the computation"
	}
	err := usagef("%q is not a command of %s", name, under.HelpName)
	var names []string
	for _, other := range commands {
		names = append(names, other.Name)
	}
	if near := nearest(strings.ToLower(name), names); near != "" {
		return err.withHint("did you mean %s %s?", under.HelpName, near)
	}
	return err.withHint("the commands are: %s%s", strings.Join(names, ", "), none)
}

// twoColumns is label, and text beside it wrapped at the width of help.
func twoColumns(label, text string) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", helpIndent) + label)
	column := helpIndent + len(label)
	if column > helpColumn-2 {
		b.WriteString("\n")
		column = 0
	}
	b.WriteString(strings.Repeat(" ", helpColumn-column))
	column = helpColumn
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > helpWidth:
			b.WriteString("\n" + strings.Repeat(" ", helpColumn))
			column = helpColumn
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

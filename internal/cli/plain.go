package cli

import (
	"context"
	"slices"
	"strings"
)

// plain is what a command line says that is the computation's alone and has
// nothing wrong. The command tree, of which such a process needs nothing, is then not
// made: it is a twentieth of what it costs to start a rank. Whatever else stands
// there, and all that is to be said about it, is the tree's.
func plain(args []string) (o *Options, ok bool) {
	o = newOptions()
	rows := optionsOf(rootFlags(o))
	for len(args) > 0 {
		name, value, given := strings.Cut(undashed(args[0]), "=")
		args = args[1:]
		row := rowOf(rows, name)
		switch {
		case row == nil:
			return nil, false
		case given:
		case row.arg == "":
			value = "true"
		case len(args) == 0:
			return nil, false
		default:
			value, args = args[0], args[1:]
		}
		if row.take(name, value) != nil {
			return nil, false
		}
	}
	return o, !o.multinode && o.check() == nil && o.Job.Check() == nil
}

// undashed is a flag without its one or two dashes; "" is none.
func undashed(arg string) string {
	rest, ok := strings.CutPrefix(arg, "-")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(rest, "-")
}

// rowOf is the row that has this spelling of its flag; nil: none has.
func rowOf(rows []*option, name string) *option {
	for _, row := range rows {
		if row.name == name || slices.Contains(row.aliases, name) || slices.Contains(row.python, name) {
			return row
		}
	}
	return nil
}

// begin runs the computation that o, which is checked, tells of.
func (p *process) begin(ctx context.Context, o *Options) error {
	o.work = p.compute
	return p.ranks(ctx, p, o)
}

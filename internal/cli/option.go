package cli

import (
	"errors"
	"flag"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// option is one row of a command's flag table: a cli.Flag that knows how help
// shows it and that refuses a second value. Its errors are kept here, because
// package flag flattens them to text.
type option struct {
	name    string   // without dashes; see dashed
	aliases []string // shown in help
	python  []string // the Python programs' spellings: accepted, not shown
	group   string   // heading in help
	arg     string   // what help calls the value; empty: a switch
	def     string   // the default, as help shows it
	usage   string   // with units
	many    bool     // may be given several times
	hidden  bool
	dashes  bool // the value may look like a flag

	// set takes the value, or says what is wrong with it: its error is the rest
	// of a sentence that begins with the flag and the quoted value ("is not ...").
	set func(value string) error

	given []spelled // the values, in the order in which they were given
	err   error     // what was wrong with the last one
}

// spelled is one use of an option: the name by which it was called, and its value.
type spelled struct{ name, value string }

// Apply defines the option and its other spellings in set. The aliases share one
// row: cli's own copying between aliases would give every value twice.
func (o *option) Apply(set *flag.FlagSet) error {
	for _, name := range o.spellings() {
		set.Var(&spelling{o, name}, name, o.usage)
	}
	return nil
}

// Names is the primary name alone, which keeps cli from copying values.
func (o *option) Names() []string { return []string{o.name} }

// IsSet tells whether the option was given.
func (o *option) IsSet() bool { return len(o.given) > 0 }

// IsVisible tells whether help shows the option.
func (o *option) IsVisible() bool { return !o.hidden }

// Group is the heading under which help shows the option.
func (o *option) Group() string { return o.group }

// String is the option's paragraph in help.
func (o *option) String() string {
	label := dashed(o.name)
	for _, alias := range o.aliases {
		label = dashed(alias) + ", " + label
	}
	if o.arg != "" {
		label += " " + o.arg
	}
	text := o.usage
	if o.def != "" {
		text += " (default: " + o.def + ")"
	}
	return twoColumns(label, text)
}

func (o *option) spellings() []string {
	names := append([]string{o.name}, o.aliases...)
	return append(names, o.python...)
}

// take is one occurrence on the command line.
func (o *option) take(name, value string) error {
	if n := len(o.given); n > 0 && !o.many {
		if first := o.given[n-1]; first.name != name {
			return usagef("%s and %s are one flag: give it once", dashed(first.name), dashed(name))
		} else if o.arg == "" {
			return usagef("%s: given twice", dashed(name))
		} else {
			return usagef("%s: given twice, as %q and as %q", dashed(name), first.value, value)
		}
	}
	o.given = append(o.given, spelled{name, value})
	if o.arg != "" && !o.dashes && looksLikeFlag(value) {
		return usagef("%s: needs a value, %s, but a flag follows: %s", dashed(name), o.arg, value)
	}
	err := o.set(value)
	if whole, ok := err.(wholeSentence); ok {
		return usagef("%s: %v", dashed(name), whole.text)
	}
	if err != nil {
		return usagef("%s: %q %v", dashed(name), value, err)
	}
	return nil
}

// wholeSentence is the error of a set function that quotes the value itself.
type wholeSentence struct{ text string }

func (e wholeSentence) Error() string { return e.text }

// parsed makes a set function of a package's parser, whose errors may quote
// the value: what they say before it is dropped, since the flag stands there.
func parsed[T any](dst *T, parse func(string) (T, error)) func(string) error {
	return func(value string) error {
		v, err := parse(value)
		if err != nil {
			text, quoted := err.Error(), strconv.Quote(value)
			if _, after, ok := strings.Cut(text, quoted); ok {
				text = quoted + after
			} else {
				text = quoted + ": " + text
			}
			return wholeSentence{text}
		}
		*dst = v
		return nil
	}
}

// spelling is an option under one of its names, as package flag wants it.
type spelling struct {
	*option
	name string
}

// IsBoolFlag tells package flag that a switch takes no value.
func (s *spelling) IsBoolFlag() bool { return s.arg == "" }

// String is what cli's own look-ups see (it asks for "help" by itself).
func (s *spelling) String() string {
	if s.option == nil || len(s.given) == 0 {
		return ""
	}
	return s.given[len(s.given)-1].value
}

// Set takes a value and keeps the error for [option.err].
func (s *spelling) Set(value string) error {
	s.err = s.take(s.name, value)
	return s.err
}

// looksLikeFlag tells a forgotten value from a negative number and from "-".
func looksLikeFlag(value string) bool {
	rest, dash := strings.CutPrefix(value, "-")
	if !dash || rest == "" || strings.EqualFold(rest, "inf") {
		return false
	}
	return rest[0] != '.' && (rest[0] < '0' || rest[0] > '9')
}

// dashed is a flag's name as people type it: one dash for one letter, and for
// -np, which every MPI has.
func dashed(name string) string {
	if len(name) <= 2 {
		return "-" + name
	}
	return "--" + name
}

// toggle makes the set function of a switch.
func toggle(dst *bool) func(string) error {
	return func(value string) error {
		switch value {
		case "true":
			*dst = true
		case "false":
			*dst = false
		default:
			return errors.New("is not a switch's value: give the flag alone, or with =true or =false")
		}
		return nil
	}
}

// optionsOf are a command's rows.
func optionsOf(flags []cli.Flag) []*option {
	rows := make([]*option, 0, len(flags))
	for _, f := range flags {
		if o, ok := f.(*option); ok {
			rows = append(rows, o)
		}
	}
	return rows
}

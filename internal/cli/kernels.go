package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"numcomp/kernels"
)

// kernelsCommand lists what --kernel accepts.
func kernelsCommand() *cli.Command {
	var asJSON bool
	return command(&cli.Command{
		Name:      "kernels",
		Usage:     "List the kernels, their variants on this machine, and the flags they heed.",
		UsageText: "  numcomp kernels [--json]",
		Flags: []cli.Flag{
			&option{name: "json", group: groupOther, usage: "write JSON, for programs", set: toggle(&asJSON)},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if asJSON {
				return kernelsJSON(c.App.Writer)
			}
			return kernelsText(c.App.Writer)
		},
	})
}

func kernelsText(w io.Writer) error {
	for i, k := range kernels.All() {
		if i > 0 {
			fmt.Fprintln(w)
		}
		items := "an array of its own"
		if k.Params {
			items = "an array and a filter"
		}
		fmt.Fprintln(w, k.Name)
		fmt.Fprintln(w, twoColumns("computes", k.Summary))
		fmt.Fprintln(w, twoColumns("an item is", items))
		fmt.Fprintln(w, twoColumns("variants", strings.Join(k.Variants, ", ")+"; used here: "+k.Variants[kernels.Best(k.Name)]))
		for _, s := range k.Settings {
			fmt.Fprintln(w, twoColumns(dashed(s.Name), s.Meaning+" ("+s.Values+"; default: "+s.Default+")"))
		}
	}
	return nil
}

// kernelJSON is one kernel in the JSON list. Part of the documented schema.
type kernelJSON struct {
	Name     string        `json:"name"`
	Summary  string        `json:"summary"`
	Params   bool          `json:"params"`
	Variants []string      `json:"variants"` // least capable first
	Best     string        `json:"best"`     // the most capable that this machine runs
	Settings []settingJSON `json:"settings"`
}

type settingJSON struct {
	Flag    string `json:"flag"`
	Values  string `json:"values"`
	Default string `json:"default"`
	Meaning string `json:"meaning"`
}

func kernelsJSON(w io.Writer) error {
	list := []kernelJSON{}
	for _, k := range kernels.All() {
		row := kernelJSON{
			Name: k.Name, Summary: k.Summary, Params: k.Params, Variants: k.Variants,
			Best: k.Variants[kernels.Best(k.Name)], Settings: []settingJSON{},
		}
		for _, s := range k.Settings {
			row.Settings = append(row.Settings, settingJSON{"--" + s.Name, s.Values, s.Default, s.Meaning})
		}
		list = append(list, row)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}

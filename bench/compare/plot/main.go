// Command plot draws what compare.py measured: compare-*.json of a folder into
// compare.svg there. It is a module of its own, so that gonum's plot is no
// requirement of numcomp.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A row is one workload's file.
type row struct {
	Title    string
	Programs []program
}

// A program that was not run has no MedianSeconds.
type program struct {
	Key, Title    string
	MedianSeconds *float64 `json:"median_seconds"`
	TimesNumcomp  *float64 `json:"times_numcomp"`
}

// order is that of the panels; a row whose file is missing is left out.
var order = []string{"blog", "images", "small", "work"}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: plot FOLDER")
	}
	var rows []row
	for _, key := range order {
		data, err := os.ReadFile(filepath.Join(args[0], "compare-"+key+".json"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		var r row
		if err := json.Unmarshal(data, &r); err != nil {
			return fmt.Errorf("compare-%s.json: %w", key, err)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s: no compare-*.json", args[0])
	}
	return drawRows(rows, filepath.Join(args[0], "compare.svg"))
}

package comm

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table into docs/algorithms.md")

// The table of docs/algorithms.md is the program's.
func TestAlgorithmsDoc(t *testing.T) {
	const (
		file  = "../docs/algorithms.md"
		begin = "<!-- table: go test ./comm -run AlgorithmsDoc -update -->\n"
		end   = "<!-- end of the table -->\n"
	)
	var table strings.Builder
	table.WriteString("| collective | algorithm | chosen for | steps | bytes, all ranks together | restriction | source |\n")
	table.WriteString("| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, a := range Algorithms() {
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s | %s | %s |\n",
			a.Collective, a.Name, a.When, a.Steps, a.Bytes, a.Needs, a.Source)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no table between %q and %q", file, begin, end)
	}
	if got == table.String() {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the table of algorithms: run go test ./comm -run AlgorithmsDoc -update", file)
	}
	if err := os.WriteFile(file, []byte(before+begin+table.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
